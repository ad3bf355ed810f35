// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The parts of a request path: {@code /apis/apps/v1/namespaces/ns/deployments/web/status?x=y}. */
record ApiPath(
    String groupVersion,
    String namespace,
    String plural,
    String name,
    String subresource,
    Map<String, String> query) {

  static ApiPath parse(String pathAndQuery) {
    int mark = pathAndQuery.indexOf('?');
    Map<String, String> query = new HashMap<>();
    if (mark >= 0) {
      for (String pair : pathAndQuery.substring(mark + 1).split("&")) {
        int equals = pair.indexOf('=');
        query.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    String[] parts =
        (mark < 0 ? pathAndQuery : pathAndQuery.substring(0, mark)).substring(1).split("/");
    int at;
    String groupVersion;
    if (parts[0].equals("api")) {
      groupVersion = parts.length > 1 ? parts[1] : "";
      at = 2;
    } else {
      groupVersion = parts.length > 2 ? parts[1] + "/" + parts[2] : "";
      at = 3;
    }
    String namespace = "";
    if (at + 2 < parts.length && parts[at].equals("namespaces") && !isSubresource(parts[at + 2])) {
      namespace = parts[at + 1];
      at += 2;
    }
    return new ApiPath(
        groupVersion, namespace, part(parts, at), part(parts, at + 1), part(parts, at + 2), query);
  }

  String collection() {
    return groupVersion + "/" + plural;
  }

  private static boolean isSubresource(String part) {
    return part.equals("finalize") || part.equals("status");
  }

  private static String part(String[] parts, int index) {
    return index < parts.length ? parts[index] : "";
  }
}
