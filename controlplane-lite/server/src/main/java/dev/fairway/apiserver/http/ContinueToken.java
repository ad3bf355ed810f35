// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where the next page of a list starts.
 *
 * @param revision of the first page
 * @param namespace of the last object sent
 * @param name of the last object sent
 */
record ContinueToken(long revision, String namespace, String name) {

  String encode() {
    byte[] json =
        Json.bytes(
            Json.object()
                .put("v", "meta.k8s.io/v1")
                .put("rv", revision)
                .put("start", namespace + "/" + name));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json);
  }

  static ContinueToken decode(String text) throws StatusException {
    try {
      ObjectNode json = Json.parseObject(Base64.getUrlDecoder().decode(text));
      String start = json.path("start").asString("");
      int slash = start.indexOf('/');
      long revision = json.path("rv").asLong(0);
      if (slash >= 0 && revision > 0) {
        return new ContinueToken(revision, start.substring(0, slash), start.substring(slash + 1));
      }
    } catch (JacksonException | IllegalArgumentException _) {
      // answered below
    }
    throw StatusException.badRequest("continue key is not valid");
  }
}
