// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.StatusException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a URL path names.
 *
 * @param group "" for core
 * @param namespace "" for none
 * @param plural the resource
 * @param name "" for the collection
 * @param subresource "" for none
 */
record RequestInfo(
    String group,
    String version,
    String namespace,
    String plural,
    String name,
    String subresource) {

  /**
   * Parses {@code /api/v1/...} and {@code /apis/group/version/...}; null if the path is not that of
   * a collection, an object or a subresource.
   */
  static @Nullable RequestInfo parse(String path) throws StatusException {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/")) {
      if (!part.isEmpty()) {
        parts.add(part.indexOf('%') < 0 ? part : QueryParameters.decode(part.replace("+", "%2B")));
      }
    }
    if (parts.size() < 3) {
      return null;
    }
    return switch (parts.getFirst()) {
      case "api" -> resource("", parts.get(1), parts.subList(2, parts.size()));
      case "apis" ->
          parts.size() < 4
              ? null
              : resource(parts.get(1), parts.get(2), parts.subList(3, parts.size()));
      default -> null;
    };
  }

  private static @Nullable RequestInfo resource(String group, String version, List<String> parts) {
    String namespace = "";
    List<String> rest = parts;
    boolean ofNamespace =
        parts.size() == 3 && (parts.get(2).equals("status") || parts.get(2).equals("finalize"));
    if (parts.size() > 2 && parts.getFirst().equals("namespaces") && !ofNamespace) {
      namespace = parts.get(1);
      rest = parts.subList(2, parts.size());
    }
    if (rest.size() > 3) {
      return null;
    }
    return new RequestInfo(
        group,
        version,
        namespace,
        rest.getFirst(),
        rest.size() > 1 ? rest.get(1) : "",
        rest.size() > 2 ? rest.get(2) : "");
  }
}
