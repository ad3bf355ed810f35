// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.observe;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.trace.RequestTrace;
import org.jspecify.annotations.Nullable;

/** A request that is over. Only to be read within the call that hands it over. */
public interface ServedRequest {
  /** The status of a request whose client left before there was any response. */
  int CLIENT_CLOSED = 499;

  Client client();

  /** What the client asked, with the fields that the backend got; null where it was malformed. */
  @Nullable RequestHead head();

  /** Null where it was malformed. */
  @Nullable RequestTarget target();

  /** Null where none matched. */
  @Nullable Route route();

  /** Its place in a trace, or null. */
  @Nullable RequestTrace trace();

  /** What of the route's backends was chosen, or null. */
  @Nullable BackendRef backend();

  /** The status that the client got, or {@link #CLIENT_CLOSED}. */
  int status();

  Why why();

  /** Bytes of the body that the client sent. */
  long requestBytes();

  /** Bytes of the body that the client was sent. */
  long responseBytes();

  /** From the head of the request to the end of the response, in nanoseconds. */
  long durationNanos();

  /** From the head of the request to the head of the response; -1 where there was none. */
  long headNanos();

  /** How many endpoints were tried. */
  int attempts();

  /** Address and port of the endpoint that was tried last, or null. */
  @Nullable String endpoint();
}
