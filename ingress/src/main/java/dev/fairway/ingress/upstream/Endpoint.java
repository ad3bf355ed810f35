// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.Hashes;
import dev.fairway.service.IpAddress;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;

/**
 * An address and port of a pod that an {@link Upstream} sends requests to, with what is known of it
 * from those requests. The same object lives as long as the endpoint takes requests, whatever else
 * changes in the set. Thread-safe.
 */
public final class Endpoint {
  private static final long SHORTEST_IDLE_NANOS = 1_000_000_000L;
  private static final VarHandle ACTIVE;
  private static final VarHandle TUNNELS;
  private static final VarHandle FAILURES;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      ACTIVE = lookup.findVarHandle(Endpoint.class, "active", int.class);
      TUNNELS = lookup.findVarHandle(Endpoint.class, "tunnels", int.class);
      FAILURES = lookup.findVarHandle(Endpoint.class, "failures", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final IpAddress address;
  private final int port;
  private final long id;
  private final InetSocketAddress socketAddress;
  private final long sinceNanos;
  private final PeakEwma latency = new PeakEwma();
  private volatile boolean retired;
  private volatile long avoidUntilNanos;
  private volatile boolean avoided;
  private volatile int active;
  private volatile int tunnels;
  private volatile int failures;
  private volatile boolean ejected;
  private volatile boolean unhealthy;
  private volatile long idleLimitNanos = Long.MAX_VALUE;

  Endpoint(IpAddress address, int port, long sinceNanos) {
    this.address = address;
    this.port = port;
    this.sinceNanos = sinceNanos;
    id = id(address, port);
    try {
      socketAddress = new InetSocketAddress(InetAddress.getByAddress(address.toBytes()), port);
    } catch (UnknownHostException wrongLength) {
      throw new IllegalArgumentException("not an address: " + address, wrongLength);
    }
  }

  static long id(IpAddress address, int port) {
    return Hashes.mix(Hashes.mix(Hashes.mix(address.highBits() + 1) ^ address.lowBits()) + port);
  }

  /** Where to connect to. */
  public InetSocketAddress socketAddress() {
    return socketAddress;
  }

  /** A text by which every replica and every later process knows the same address and port. */
  public String identity() {
    return HexFormat.of().toHexDigits(id);
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

  /** Requests that were sent here, or are about to be, and have no complete response. */
  public int active() {
    return active;
  }

  /** Requests and tunnels. */
  int load() {
    return active + tunnels;
  }

  /** Whether the endpoint is neither ejected nor unhealthy. */
  public boolean isInService() {
    return !ejected && !unhealthy;
  }

  /** The average of response times in nanoseconds; 0 where there were none lately. */
  public double latencyNanos(long nanoTime) {
    return latency.get(nanoTime);
  }

  /** How long a connection may be unused and still be trusted, by what the endpoint did so far. */
  public long idleLimitNanos() {
    return idleLimitNanos;
  }

  /** The endpoint ended a connection that was unused for a while: others are left before that. */
  public void closedIdle(long afterNanos) {
    if (afterNanos >= SHORTEST_IDLE_NANOS) {
      idleLimitNanos = Math.max(SHORTEST_IDLE_NANOS, afterNanos / 5 * 4);
    }
  }

  void begin() {
    ACTIVE.getAndAdd(this, 1);
  }

  void end() {
    ACTIVE.getAndAdd(this, -1);
  }

  void tunnel(int change) {
    TUNNELS.getAndAdd(this, change);
  }

  PeakEwma latency() {
    return latency;
  }

  /** Counts a failure; gives how many there were in a row. */
  int failed() {
    return (int) FAILURES.getAndAdd(this, 1) + 1;
  }

  void succeeded() {
    if (failures != 0) {
      failures = 0;
    }
  }

  boolean isEjected() {
    return ejected;
  }

  void ejected(boolean value) {
    ejected = value;
  }

  void unhealthy(boolean value) {
    unhealthy = value;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  long id() {
    return id;
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
