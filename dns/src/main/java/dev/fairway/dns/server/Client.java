// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.service.IpAddress;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;

/**
 * Who asks, and over what. A connection has one for as long as it lasts; a UDP transport refills
 * one for every datagram. Confined to one event loop.
 */
public final class Client {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final long MAPPED = 0xffffL << 32;

  private final Transport transport;
  private long high;
  private long low;

  /** A client whose address is still to be set. */
  public Client(Transport transport) {
    this.transport = transport;
  }

  /** A client with its address. */
  public static Client of(Transport transport, InetAddress address) {
    Client client = new Client(transport);
    client.set(address);
    return client;
  }

  /** Sets the address. */
  public void set(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      setV4((int) INT.get(bytes, 0));
    } else {
      setV6((long) LONG.get(bytes, 0), (long) LONG.get(bytes, 8));
    }
  }

  /** Sets an IPv4 address. */
  public void setV4(int bits) {
    high = 0;
    low = MAPPED | (bits & 0xffff_ffffL);
  }

  /** Sets an IPv6 address; one that stands for an IPv4 address (RFC 4291 2.5.5.2) is that one. */
  public void setV6(long upper, long lower) {
    high = upper;
    low = lower;
  }

  /** A copy, for work that outlives the next datagram. */
  public Client copy() {
    Client copy = new Client(transport);
    copy.high = high;
    copy.low = low;
    return copy;
  }

  public Transport transport() {
    return transport;
  }

  /** Whether the address is IPv4. */
  public boolean isV4() {
    return high == 0 && low >>> 32 == 0xffff;
  }

  /** Upper half of the address; of an IPv4 address that of its IPv6 form, 0. */
  public long high() {
    return high;
  }

  /**
   * Lower half of the address; of an IPv4 address that of its IPv6 form, {@code ::ffff:a.b.c.d}.
   */
  public long low() {
    return low;
  }

  /** The address as text. */
  String text() {
    return isV4() ? IpAddress.ofIpv4((int) low).toString() : IpAddress.ofIpv6(high, low).toString();
  }
}
