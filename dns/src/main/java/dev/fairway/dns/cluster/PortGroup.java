// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import java.util.Arrays;

/**
 * What one port of a service answers. Immutable.
 *
 * <p>A ClusterIP service has one number for the port. A headless service has a list of targets,
 * sorted, each the index of a host and a port number: {@code host << 16 | port}.
 */
final class PortGroup {
  private static final long[] NO_TARGETS = new long[0];

  private final byte[] portLabel;
  private final byte[] protocolLabel;
  private final int port;
  private final long[] targets;
  private final int items;
  private final int[] v4;
  private final long[] v6;

  private PortGroup(
      byte[] portLabel,
      byte[] protocolLabel,
      int port,
      long[] targets,
      int items,
      int[] v4,
      long[] v6) {
    this.portLabel = portLabel;
    this.protocolLabel = protocolLabel;
    this.port = port;
    this.targets = targets;
    this.items = items;
    this.v4 = v4;
    this.v6 = v6;
  }

  /** A port of a ClusterIP service with these addresses. */
  static PortGroup ofCluster(
      byte[] portLabel, byte[] protocolLabel, int port, int[] v4, long[] v6) {
    int items = v4.length + v6.length / 2;
    return new PortGroup(portLabel, protocolLabel, port, NO_TARGETS, items, v4, v6);
  }

  /**
   * A port of a headless service; {@code items} counts addresses, several of which may be one host.
   */
  static PortGroup ofHosts(
      byte[] portLabel, byte[] protocolLabel, long[] targets, int items, int[] v4, long[] v6) {
    return new PortGroup(portLabel, protocolLabel, 0, targets, items, v4, v6);
  }

  /** The port's name as folded octets, empty for an unnamed port. */
  byte[] portLabel() {
    return portLabel;
  }

  byte[] protocolLabel() {
    return protocolLabel;
  }

  int port() {
    return port;
  }

  long[] targets() {
    return targets;
  }

  /** What the weight of its SRV records is divided by. */
  int items() {
    return items;
  }

  int[] v4() {
    return v4;
  }

  long[] v6() {
    return v6;
  }

  /** The first target of a host, or one past the last. */
  int firstTarget(int host) {
    int at = Arrays.binarySearch(targets, (long) host << 16);
    return at < 0 ? -at - 1 : at;
  }

  /** How many targets a host has. */
  int targetsOf(int host) {
    int first = firstTarget(host);
    int at = first;
    while (at < targets.length && targets[at] >>> 16 == host) {
      at++;
    }
    return at - first;
  }

  boolean hasTarget(int host) {
    int first = firstTarget(host);
    return first < targets.length && targets[first] >>> 16 == host;
  }

  boolean isSameAs(PortGroup other) {
    return port == other.port
        && items == other.items
        && Arrays.equals(portLabel, other.portLabel)
        && Arrays.equals(protocolLabel, other.protocolLabel)
        && Arrays.equals(targets, other.targets)
        && Arrays.equals(v4, other.v4)
        && Arrays.equals(v6, other.v6);
  }
}
