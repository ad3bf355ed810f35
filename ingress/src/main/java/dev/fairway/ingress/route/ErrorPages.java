// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Where the responses to a request come from that its backend cannot give. Answers of filters are
 * never replaced.
 *
 * @param statuses of responses that are replaced by the response to a GET of {@code /}
 * @param upstream who is asked
 * @param question the fields of that request, by the status that is replaced
 */
public record ErrorPages(
    Set<Integer> statuses, UpstreamSpec upstream, IntFunction<HttpFields> question) {
  public ErrorPages {
    statuses = Set.copyOf(statuses);
  }
}
