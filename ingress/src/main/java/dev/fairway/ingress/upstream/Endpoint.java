// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.service.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * An address and port of a pod that an {@link Upstream} sends requests to. The same object lives as
 * long as the endpoint takes requests, whatever else changes in the set. Thread-safe.
 */
public final class Endpoint {
  private final IpAddress address;
  private final int port;
  private final InetSocketAddress socketAddress;
  private volatile boolean retired;
  private volatile long avoidUntilNanos;
  private volatile boolean avoided;

  Endpoint(IpAddress address, int port) {
    this.address = address;
    this.port = port;
    try {
      socketAddress = new InetSocketAddress(InetAddress.getByAddress(address.toBytes()), port);
    } catch (UnknownHostException wrongLength) {
      throw new IllegalArgumentException("not an address: " + address, wrongLength);
    }
  }

  /** Where to connect to. */
  public InetSocketAddress socketAddress() {
    return socketAddress;
  }

  /** Whether the endpoint takes no new requests any more. */
  public boolean isRetired() {
    return retired;
  }

  /** Prefers other endpoints until the given time, after a failed connection attempt. */
  public void avoidUntil(long nanoTime) {
    avoidUntilNanos = nanoTime;
    avoided = true;
  }

  /** Ends {@link #avoidUntil} after a connection succeeded. */
  public void recovered() {
    if (avoided) {
      avoided = false;
    }
  }

  /** Whether other endpoints are to be preferred. */
  public boolean isAvoided(long nanoTime) {
    return avoided && nanoTime - avoidUntilNanos < 0;
  }

  void retire() {
    retired = true;
  }

  boolean is(IpAddress otherAddress, int otherPort) {
    return port == otherPort && address.equals(otherAddress);
  }

  @Override
  public String toString() {
    return address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
  }
}
