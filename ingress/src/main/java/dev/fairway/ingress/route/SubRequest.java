// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request without a body that the gateway sends on behalf of another one.
 *
 * @param upstream where to, or null for the backend that the gateway itself has for the host
 * @param authority the Host, valid
 * @param pathAndQuery begins with a slash
 * @param fields further fields, without those of the connection; they belong to the request
 * @param timeout until the response is complete
 */
public record SubRequest(
    @Nullable UpstreamSpec upstream,
    String method,
    String authority,
    String pathAndQuery,
    HttpFields fields,
    Duration timeout) {}
