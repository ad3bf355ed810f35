// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

/**
 * How many connections of clients may be open; more are closed as soon as they are accepted.
 *
 * @param all of the whole gateway
 * @param perListener of one listening socket, HTTP/3 beside it included
 * @param perClient of one address, as the PROXY protocol tells it where it does; 0 for no limit
 */
public record ConnectionLimits(int all, int perListener, int perClient) {
  /** 50 000, 10 000 of a listener, any number of a client. */
  public static final ConnectionLimits DEFAULT = new ConnectionLimits(50_000, 10_000, 0);

  /** Another number for the whole gateway, which a single listener may have. */
  public ConnectionLimits withAll(int connections) {
    return new ConnectionLimits(connections, connections, perClient);
  }

  public ConnectionLimits withPerClient(int connections) {
    return new ConnectionLimits(all, perListener, connections);
  }
}
