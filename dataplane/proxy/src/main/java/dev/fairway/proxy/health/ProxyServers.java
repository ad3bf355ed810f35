// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.health.HttpListening.Listener;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP servers around a proxier: {@code /healthz} and {@code /livez}, metrics, and the health
 * check node ports of services. Stands between the tracker and the proxier, so that it sees when
 * changes come and when they are programmed. Thread-safe.
 */
public final class ProxyServers implements SnapshotListener, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ProxyServers.class.getName());
  private static final Duration BIND_RETRY = Duration.ofSeconds(5);
  private static final Duration APPLY_BOUND = Duration.ofHours(1);

  private final Options options;
  private final Proxier proxier;
  private final ProxyMetrics metrics;
  private final InstantSource clock;
  private final ProxyHealth health;
  private final LocalReadiness readiness;
  private final Map<IpFamily, ServiceHealth> serviceHealth = new EnumMap<>(IpFamily.class);
  private final HttpListening listening = HttpListening.jdk();
  private final AtomicLong latestRevision = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final RetriedListener healthServer;
  private final RetriedListener metricsServer;

  /** Starts the servers; an address that is taken is tried again every five seconds. */
  public ProxyServers(
      Options options,
      Proxier proxier,
      ProxyMetrics metrics,
      ProxyEvents events,
      InstantSource clock) {
    this.options = options;
    this.proxier = proxier;
    this.metrics = metrics;
    this.clock = clock;
    health = new ProxyHealth(clock, options.healthTimeout(), options.families());
    readiness = new LocalReadiness(options.nodeName());
    for (IpFamily family : options.families()) {
      serviceHealth.put(
          family, new ServiceHealth(listening, () -> addresses(family), health::isHealthy, events));
    }
    healthServer = new RetriedListener("health", options.healthz(), health::answer);
    metricsServer = new RetriedListener("metrics", options.metrics(), this::answer);
  }

  private Collection<IpAddress> addresses(IpFamily family) {
    return options.serviceHealthAddresses().get().stream()
        .filter(address -> address.family() == family)
        .toList();
  }

  /** The health, to be told what is known about the node. */
  public ProxyHealth health() {
    return health;
  }

  /** Where {@code /healthz} is answered, null while it is not. */
  public @Nullable InetSocketAddress healthzAddress() {
    return healthServer.address();
  }

  /** Where {@code /metrics} is answered, null while it is not. */
  public @Nullable InetSocketAddress metricsAddress() {
    return metricsServer.address();
  }

  @Override
  public void onSnapshot(SnapshotDelta delta) {
    long revision = delta.after().revision();
    latestRevision.set(revision);
    countPending(delta);
    queued();
    proxier.onSnapshot(delta);
    metrics.serviceChangesPending.set(0);
    metrics.endpointChangesPending.set(0);
    readiness.apply(delta);
    serviceHealth.forEach((family, servers) -> {
      servers.syncServices(readiness.ports());
      servers.syncEndpoints(readiness.counts(family));
    });
    Thread.ofVirtual().name("proxy-applied-" + revision).start(() -> awaitApplied(revision, delta));
  }

  private void countPending(SnapshotDelta delta) {
    int services = 0;
    int endpoints = 0;
    for (ServiceName name : delta.changed()) {
      ServiceInfo before = delta.before().service(name);
      ServiceInfo after = delta.after().service(name);
      if (before == null || after == null || !before.settings().equals(after.settings())) {
        services++;
      }
      if (before == null || after == null || !before.slices().equals(after.slices())) {
        endpoints++;
      }
    }
    metrics.serviceChangesPending.set(services);
    metrics.endpointChangesPending.set(endpoints);
  }

  private void queued() {
    metrics.lastQueuedMillis.set(clock.millis());
    options.families().forEach(health::queued);
  }

  private void awaitApplied(long revision, SnapshotDelta delta) {
    try {
      if (!proxier.awaitApplied(revision, APPLY_BOUND)) {
        return;
      }
    } catch (InterruptedException _) {
      return;
    }
    Instant now = clock.instant();
    metrics.lastSyncMillis.set(now.toEpochMilli());
    for (Instant trigger : delta.triggers()) {
      metrics.networkProgrammingSeconds.observe(
          Math.max(0, Duration.between(trigger, now).toNanos() / 1e9));
    }
    options.families().forEach(health::updated);
    if (latestRevision.get() > revision) {
      // A later change came meanwhile and is not programmed yet.
      options.families().forEach(health::queued);
    }
  }

  private Answer answer(String path) {
    return switch (path) {
      case "/healthz", "/livez" -> Answer.text(200, "ok");
      case "/proxyMode" -> Answer.text(200, options.proxyMode());
      case "/metrics" ->
          new Answer(
              200,
              MetricsText.CONTENT_TYPE,
              Map.of(),
              new ProxyMetricsText(metrics, health, options.families()).render());
      case "/configz" -> Answer.json(200, options.configz().get());
      default -> Answer.NOT_FOUND;
    };
  }

  @Override
  public void close() {
    closed.countDown();
    healthServer.close();
    metricsServer.close();
    serviceHealth.values().forEach(ServiceHealth::close);
  }

  /**
   * What to serve.
   *
   * @param nodeName endpoints of this node count for health check node ports
   * @param families served address families
   * @param healthz address of {@code /healthz} and {@code /livez}, null for none
   * @param metrics address of {@code /metrics}, {@code /proxyMode} and {@code /configz}, null for
   *     none
   * @param serviceHealthAddresses addresses of the health check node ports, asked at each change
   * @param healthTimeout how long a change may wait before the proxy is unhealthy
   * @param proxyMode the word that {@code /proxyMode} answers
   * @param configz the JSON that {@code /configz} answers
   */
  public record Options(
      String nodeName,
      Set<IpFamily> families,
      @Nullable InetSocketAddress healthz,
      @Nullable InetSocketAddress metrics,
      Supplier<? extends Collection<IpAddress>> serviceHealthAddresses,
      Duration healthTimeout,
      String proxyMode,
      Supplier<String> configz) {
    public Options {
      families = Set.copyOf(families);
    }

    /** kube-proxy's timeout of 60 s and an empty configuration. */
    public static Options of(
        String nodeName,
        Set<IpFamily> families,
        @Nullable InetSocketAddress healthz,
        @Nullable InetSocketAddress metrics,
        Supplier<? extends Collection<IpAddress>> serviceHealthAddresses) {
      return new Options(
          nodeName,
          families,
          healthz,
          metrics,
          serviceHealthAddresses,
          Duration.ofSeconds(60),
          "userspace",
          () ->
              "{\"kubeproxy.config.k8s.io\":{\"kind\":\"KubeProxyConfiguration\","
                  + "\"apiVersion\":\"kubeproxy.config.k8s.io/v1alpha1\","
                  + "\"mode\":\"userspace\"}}");
    }
  }

  /** A server that goes on trying until its address is free. */
  private final class RetriedListener {
    private final String name;
    private final @Nullable InetSocketAddress wanted;
    private final Answer.Responder responder;
    private volatile @Nullable Listener open;

    RetriedListener(String name, @Nullable InetSocketAddress wanted, Answer.Responder responder) {
      this.name = name;
      this.wanted = wanted;
      this.responder = responder;
      if (wanted != null && !tryOpen(wanted)) {
        Thread.ofVirtual().name("proxy-" + name + "-bind").start(() -> retry(wanted));
      }
    }

    private boolean tryOpen(InetSocketAddress address) {
      try {
        open = listening.open(address, responder);
        return true;
      } catch (IOException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "cannot serve {0} at {1}, trying again every {2} s: {3}",
            name,
            address,
            BIND_RETRY.toSeconds(),
            e.getMessage());
        return false;
      }
    }

    private void retry(InetSocketAddress address) {
      try {
        while (!closed.await(BIND_RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
          if (tryOpen(address)) {
            break;
          }
        }
        if (closed.getCount() == 0) {
          close();
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }

    @Nullable InetSocketAddress address() {
      Listener listener = open;
      return listener == null ? null : listener.address();
    }

    void close() {
      Listener listener = open;
      if (listener != null) {
        listener.close();
      }
    }

    @Override
    public String toString() {
      return name + " at " + wanted;
    }
  }
}
