// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import java.util.Map;

/** What a server says to a request. */
record Answer(int status, String contentType, Map<String, String> headers, String body) {
  static final Answer NOT_FOUND = text(404, "404 page not found\n");

  static Answer json(int status, String body) {
    return new Answer(
        status, "application/json", Map.of("X-Content-Type-Options", "nosniff"), body);
  }

  static Answer text(int status, String body) {
    return new Answer(
        status, "text/plain; charset=utf-8", Map.of("X-Content-Type-Options", "nosniff"), body);
  }

  /** The answer of a server to a path. */
  interface Responder {
    Answer answer(String path);
  }
}
