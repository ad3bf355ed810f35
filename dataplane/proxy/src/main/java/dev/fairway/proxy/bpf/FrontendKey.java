// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.Protocol;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The key of a frontend: {@code struct frontend_key}.
 *
 * @param port 0, with protocol 0, for all that a ClusterIP does not have
 * @param protocol as in IP headers
 */
record FrontendKey(IpAddress address, int port, int protocol) {
  static final int TCP = 6;
  static final int UDP = 17;

  private static final IpAddress ANY_IPV4 = IpAddress.ofIpv4(0);
  private static final IpAddress ANY_IPV6 = IpAddress.ofIpv6(0, 0);

  private static final long PORT = MapLayouts.offset(MapLayouts.FRONTEND_KEY, "port");
  private static final long PROTOCOL = MapLayouts.offset(MapLayouts.FRONTEND_KEY, "protocol");

  static FrontendKey of(IpAddress address, int port, Protocol protocol) {
    return new FrontendKey(address, port, number(protocol));
  }

  /** A node port on all addresses of a family that answer node ports. */
  static FrontendKey ofNodePort(IpFamily family, int port, Protocol protocol) {
    return of(family == IpFamily.IPV4 ? ANY_IPV4 : ANY_IPV6, port, protocol);
  }

  /** All that a ClusterIP does not have. */
  static FrontendKey ofOtherPorts(IpAddress clusterIp) {
    return new FrontendKey(clusterIp, 0, 0);
  }

  static int number(Protocol protocol) {
    return switch (protocol) {
      case TCP -> TCP;
      case UDP -> UDP;
      case SCTP -> 132;
    };
  }

  /** Written out, as a start looks up every frontend before anything is compiled. */
  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof FrontendKey other
        && port == other.port
        && protocol == other.protocol
        && address.equals(other.address);
  }

  @Override
  public int hashCode() {
    return (31 * address.hashCode() + port) * 31 + protocol;
  }

  void write(MemorySegment at, long offset) {
    MapLayouts.putAddress(at, offset, address);
    MapLayouts.putPort(at, offset + PORT, port, protocol, 0);
  }

  static FrontendKey read(MemorySegment at) {
    return new FrontendKey(
        MapLayouts.address(at, 0), MapLayouts.port(at, PORT), at.get(JAVA_BYTE, PROTOCOL) & 0xff);
  }

  @Override
  public String toString() {
    String ip = address.isV4() ? address.toString() : "[" + address + "]";
    return port == 0
        ? ip + ", other ports"
        : ip + ":" + port + "/" + (protocol == TCP ? "TCP" : protocol == UDP ? "UDP" : protocol);
  }
}
