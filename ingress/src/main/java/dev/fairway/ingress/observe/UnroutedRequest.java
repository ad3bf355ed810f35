// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.observe;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.trace.RequestTrace;
import org.jspecify.annotations.Nullable;

/** A request that was answered before it had a route. */
public record UnroutedRequest(
    Client client,
    @Nullable RequestHead head,
    @Nullable RequestTarget target,
    int status,
    Why why,
    @Nullable RequestTrace trace)
    implements ServedRequest {

  /** A request that was refused while it was read. */
  public static UnroutedRequest refused(Client client, int status) {
    Why why =
        switch (status) {
          case 408 -> Why.CLIENT_SLOW;
          case 429 -> Why.FLOOD;
          default -> Why.MALFORMED;
        };
    return new UnroutedRequest(client, null, null, status, why, null);
  }

  @Override
  public @Nullable Route route() {
    return null;
  }

  @Override
  public @Nullable BackendRef backend() {
    return null;
  }

  @Override
  public long requestBytes() {
    return 0;
  }

  @Override
  public long responseBytes() {
    return 0;
  }

  @Override
  public long durationNanos() {
    return 0;
  }

  @Override
  public long headNanos() {
    return -1;
  }

  @Override
  public int attempts() {
    return 0;
  }

  @Override
  public @Nullable String endpoint() {
    return null;
  }
}
