// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.service.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Whether the proxy does its work: it is healthy while no change has waited longer than a timeout
 * for being programmed, in no family. A proxy without anything to do is healthy. Thread-safe.
 */
public final class ProxyHealth {
  /** The taint by which a load balancer learns that a node goes away (KEP-3836). */
  public static final String DELETION_TAINT = "ToBeDeletedByClusterAutoscaler";

  private final InstantSource clock;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<IpFamily, Times> families = new EnumMap<>(IpFamily.class);
  private boolean nodeEligible;

  /** {@code kubeproxy_proxy_healthz_total} and {@code proxy_livez_total} by status code. */
  private final Counters healthz = new Counters(new LongAdder(), new LongAdder());

  private final Counters livez = new Counters(new LongAdder(), new LongAdder());

  /**
   * A proxy that has nothing to do yet, on a node that is not known yet.
   *
   * @param timeout how long a change may wait
   */
  public ProxyHealth(InstantSource clock, Duration timeout, Set<IpFamily> families) {
    this.clock = clock;
    this.timeout = timeout;
    for (IpFamily family : families) {
      this.families.put(family, new Times());
    }
  }

  /** There is a change to be programmed; the time counts from the first one. */
  public void queued(IpFamily family) {
    lock.lock();
    try {
      Times times = families.get(family);
      if (times != null && times.queued == null) {
        times.queued = clock.instant();
      }
    } finally {
      lock.unlock();
    }
  }

  /** All changes are programmed. */
  public void updated(IpFamily family) {
    lock.lock();
    try {
      Times times = families.get(family);
      if (times != null) {
        times.queued = null;
        times.updated = clock.instant();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The node's object was seen. */
  public void nodeSeen(boolean deleting, Collection<String> taintKeys) {
    setNodeEligible(!deleting && !taintKeys.contains(DELETION_TAINT));
  }

  /** The node has no object (any more). */
  public void nodeGone() {
    setNodeEligible(false);
  }

  private void setNodeEligible(boolean eligible) {
    lock.lock();
    try {
      nodeEligible = eligible;
    } finally {
      lock.unlock();
    }
  }

  /** Whether no change has waited too long. */
  public boolean isHealthy() {
    lock.lock();
    try {
      Instant now = clock.instant();
      return families.values().stream().allMatch(times -> times.isHealthy(now));
    } finally {
      lock.unlock();
    }
  }

  /** How often {@code /healthz} was answered with 200 or with 503. */
  long healthzCount(int status) {
    return healthz.of(status).sum();
  }

  /** How often {@code /livez} was answered with 200 or with 503. */
  long livezCount(int status) {
    return livez.of(status).sum();
  }

  /** The answers of the health server. */
  Answer answer(String path) {
    return switch (path) {
      case "/healthz" -> report(true);
      case "/livez" -> report(false);
      default -> Answer.NOT_FOUND;
    };
  }

  private Answer report(boolean withNode) {
    lock.lock();
    try {
      Instant now = clock.instant();
      boolean healthy = families.values().stream().allMatch(times -> times.isHealthy(now));
      StringBuilder json = new StringBuilder(320);
      json.append("{\"lastUpdated\":\"").append(GoTime.text(healthy ? now : lastUpdated()));
      json.append("\",\"currentTime\":\"").append(GoTime.text(now)).append('"');
      if (withNode) {
        json.append(",\"nodeEligible\":").append(nodeEligible);
      }
      json.append(",\"healthy\":").append(healthy).append(",\"status\":{");
      String separator = "";
      for (Map.Entry<IpFamily, Times> entry : families.entrySet()) {
        json.append(separator).append('"').append(label(entry.getKey()));
        json.append("\":{\"lastUpdated\":\"").append(GoTime.text(entry.getValue().updated));
        json.append("\",\"healthy\":").append(entry.getValue().isHealthy(now)).append('}');
        separator = ",";
      }
      int status = healthy && (nodeEligible || !withNode) ? 200 : 503;
      (withNode ? healthz : livez).of(status).increment();
      return Answer.json(status, json.append("}}").toString());
    } finally {
      lock.unlock();
    }
  }

  private Instant lastUpdated() {
    Instant latest = GoTime.ZERO;
    for (Times times : families.values()) {
      latest = times.updated.isAfter(latest) ? times.updated : latest;
    }
    return latest;
  }

  /** The family as kube-proxy writes it. */
  static String label(IpFamily family) {
    return family == IpFamily.IPV4 ? "IPv4" : "IPv6";
  }

  private final class Times {
    @Nullable Instant queued;
    Instant updated = GoTime.ZERO;

    boolean isHealthy(Instant now) {
      return queued == null || Duration.between(queued, now).compareTo(timeout) < 0;
    }
  }

  private record Counters(LongAdder ok, LongAdder unavailable) {
    LongAdder of(int status) {
      return status == 200 ? ok : unavailable;
    }
  }
}
