// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to the API server.
 *
 * @param method GET, POST, PUT, PATCH or DELETE
 * @param pathAndQuery starts with "/", percent-encoded
 * @param headers values by name
 * @param body null where there is none
 */
public record ApiRequest(
    String method, String pathAndQuery, Map<String, String> headers, byte @Nullable [] body) {

  /** A GET that accepts JSON. */
  public static ApiRequest get(String pathAndQuery) {
    return new ApiRequest("GET", pathAndQuery, Map.of("Accept", "application/json"), null);
  }
}
