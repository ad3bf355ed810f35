// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a server says to a request.
 *
 * @param headers beside the type
 */
public record Answer(int status, String contentType, Map<String, String> headers, String body) {
  static final Answer NOT_FOUND = text(404, "404 page not found\n");

  static Answer json(int status, String body) {
    return new Answer(
        status, "application/json", Map.of("X-Content-Type-Options", "nosniff"), body);
  }

  static Answer text(int status, String body) {
    return new Answer(
        status, "text/plain; charset=utf-8", Map.of("X-Content-Type-Options", "nosniff"), body);
  }

  /** The same with one more header. */
  Answer with(String header, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(header, value);
    return new Answer(status, contentType, more, body);
  }

  /** The answer of a server to a request, whatever its method. */
  public interface Responder {
    /** The answer to {@code HEAD} is that to {@code GET}; its body is not sent. */
    Answer answer(Request request);
  }

  /**
   * What the servers look at of a request.
   *
   * @param method such as {@code GET}
   * @param path without the query
   * @param query "" if there is none
   * @param accept the header of that name, "" if there is none
   */
  public record Request(String method, String path, String query, String accept) {
    /** A GET with nothing but a path. */
    static Request of(String path) {
      return new Request("GET", path, "", "");
    }
  }
}
