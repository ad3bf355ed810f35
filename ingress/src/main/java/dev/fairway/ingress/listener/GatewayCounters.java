// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts of what a gateway did since it started. Thread-safe. */
public final class GatewayCounters {
  final AtomicInteger connections = new AtomicInteger();
  final LongAdder connectionsAccepted = new LongAdder();
  final LongAdder connectionsRefused = new LongAdder();
  final LongAdder requests = new LongAdder();
  final LongAdder malformed = new LongAdder();
  final LongAdder upstreamConnects = new LongAdder();
  final LongAdder retries = new LongAdder();

  GatewayCounters() {}

  /** Connections of clients that are open now. */
  public int connections() {
    return connections.get();
  }

  /** Connections that clients opened. */
  public long connectionsAccepted() {
    return connectionsAccepted.sum();
  }

  /** Connections that were closed at once because there were too many. */
  public long connectionsRefused() {
    return connectionsRefused.sum();
  }

  /** Requests that were understood. */
  public long requests() {
    return requests.sum();
  }

  /** Requests that were refused as malformed. */
  public long malformed() {
    return malformed.sum();
  }

  /** Requests that were sent on a connection that no request used before. */
  public long upstreamConnects() {
    return upstreamConnects.sum();
  }

  /** Attempts after the first one of a request. */
  public long retries() {
    return retries.sum();
  }
}
