// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.service.ServiceName;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The open connections and flows of one Service, and its limits. Thread-safe. */
final class ServiceLoad {
  private static final long REPORT_EVERY = TimeUnit.MINUTES.toNanos(1);

  private final ServiceName service;
  private final int maxTcp;
  private final int maxUdp;
  private final AtomicInteger tcp = new AtomicInteger();
  private final AtomicInteger udp = new AtomicInteger();
  private final AtomicLong nextReport = new AtomicLong(Long.MIN_VALUE);

  ServiceLoad(ServiceName service, UserspaceOptions.Limits limits) {
    this.service = service;
    maxTcp = limits.tcpFlowsPerService();
    maxUdp = limits.udpFlowsPerService();
  }

  /** Counts a connection in; false if there are too many. */
  boolean addTcp() {
    if (tcp.incrementAndGet() > maxTcp) {
      tcp.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Whether few more connections are let in: less than a sixteenth of the limit is left. */
  boolean isTcpScarce() {
    return tcp.getOpaque() >= maxTcp - maxTcp / 16;
  }

  boolean isTcpFull() {
    return tcp.getOpaque() >= maxTcp;
  }

  void removeTcp() {
    tcp.decrementAndGet();
  }

  /** Whether there is room for one more flow. */
  boolean hasUdpRoom() {
    return udp.get() < maxUdp;
  }

  void addUdp() {
    udp.incrementAndGet();
  }

  void removeUdp() {
    udp.decrementAndGet();
  }

  /** Tells the owner of the Service that a limit keeps clients away, once in a while. */
  void report(ProxyContext context, String what) {
    long now = context.nanoTime();
    long next = nextReport.get();
    if ((next == Long.MIN_VALUE || now - next >= 0)
        && nextReport.compareAndSet(next, now + REPORT_EVERY)) {
      context.events().warning(service, ProxyEvents.LIMIT_REACHED, what);
    }
  }

  String tcpMessage() {
    return "limit of " + maxTcp + " open connections of the Service is reached; more are reset";
  }

  String tcpScarceMessage() {
    return "the Service is near its limit of " + maxTcp + " open connections";
  }

  String udpMessage() {
    return "limit of " + maxUdp + " UDP flows of the Service is reached; old ones make room";
  }

  @Override
  public String toString() {
    return service + " " + tcp + " connections " + udp + " flows";
  }
}
