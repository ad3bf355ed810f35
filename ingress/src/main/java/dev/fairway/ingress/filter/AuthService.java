// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.route.VariableText;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A service that decides about requests.
 *
 * @param upstream the Service, or null for whoever the gateway has for the host
 * @param authority the Host of the requests
 * @param target path and query of the requests
 * @param method of the requests
 * @param passed lower-case names of the fields of its answers that the backend gets
 * @param redirect the value of X-Auth-Request-Redirect
 * @param cacheKey what answers are kept by, or null to keep none
 * @param lifetimes how long answers are kept, by status
 */
public record AuthService(
    @Nullable UpstreamSpec upstream,
    VariableText authority,
    VariableText target,
    String method,
    List<String> passed,
    VariableText redirect,
    @Nullable VariableText cacheKey,
    Map<Integer, Duration> lifetimes) {
  public AuthService {
    passed = List.copyOf(passed);
    lifetimes = Map.copyOf(lifetimes);
  }
}
