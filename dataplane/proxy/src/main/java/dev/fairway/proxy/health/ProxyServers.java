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
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
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
  private volatile ServiceSnapshot latest = ServiceSnapshot.empty();
  private final AtomicLong appliedRevision = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final RetriedListener healthServer;
  private final RetriedListener metricsServer;

  /**
   * Starts the servers; an address that is taken is tried again every five seconds.
   *
   * @throws UncheckedIOException if an address cannot be bound and the options say that this is
   *     fatal
   */
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
    Supplier<Map<String, String>> status = options.pages().status();
    ProxyPages pages =
        new ProxyPages(
            options.pages().withStatus(() -> counts(status.get())),
            metrics,
            health,
            options.families(),
            clock);
    healthServer =
        new RetriedListener(
            "FailedToStartProxierHealthcheck",
            "failed to start proxy healthz on ",
            options.healthz(),
            request -> health.answer(request.path()));
    metricsServer =
        new RetriedListener(
            "FailedToStartMetricServer",
            "starting metrics server failed: ",
            options.metrics(),
            pages);
    if (options.bindAddressHardFail() && !(healthServer.isServed() && metricsServer.isServed())) {
      close();
      throw new UncheckedIOException(
          new IOException(
              "bindAddressHardFail: "
                  + (healthServer.isServed() ? metricsServer : healthServer)
                  + " cannot be served"));
    }
  }

  /** What is served now, beside what others say. */
  private Map<String, String> counts(Map<String, String> others) {
    Map<String, String> lines = new LinkedHashMap<>(others);
    int services = 0;
    int ports = 0;
    long endpoints = 0;
    for (ServiceInfo service : latest.services()) {
      if (service.isProxied()) {
        services++;
        for (ServicePort port : service.ports()) {
          ports++;
          endpoints += service.proxiedEndpoints(port.name().port(), port.name().protocol()).size();
        }
      }
    }
    lines.put("Services", Integer.toString(services));
    lines.put("Service ports", Integer.toString(ports));
    lines.put("Endpoints", Long.toString(endpoints));
    long synced = metrics.lastSyncMillis.get();
    lines.put(
        "Last sync",
        synced == 0 ? "never" : Instant.ofEpochMilli(synced) + ", revision " + appliedRevision);
    long waiting = latest.revision() - appliedRevision.get();
    lines.put("Not programmed yet", waiting <= 0 ? "nothing" : "revision " + latest.revision());
    return lines;
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
    latest = delta.after();
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
    appliedRevision.accumulateAndGet(revision, Math::max);
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

  @Override
  public void close() {
    closed.countDown();
    healthServer.close();
    metricsServer.close();
    serviceHealth.values().forEach(ServiceHealth::close);
  }

  /** Hears what the owner of the node should know. */
  public interface NodeEvents {
    /**
     * Something is wrong with the proxy of the node.
     *
     * @param reason in the form of an Event's reason
     */
    void warning(String reason, String message);
  }

  /**
   * What to serve.
   *
   * @param nodeName endpoints of this node count for health check node ports
   * @param families served address families
   * @param healthz address of {@code /healthz} and {@code /livez}, null for none
   * @param metrics address of {@code /metrics} and the other pages, null for none
   * @param serviceHealthAddresses addresses of the health check node ports, asked at each change
   * @param healthTimeout how long a change may wait before the proxy is unhealthy
   * @param bindAddressHardFail whether it is fatal that an address cannot be bound
   * @param nodeEvents hears of such failures
   * @param pages what the pages say
   */
  public record Options(
      String nodeName,
      Set<IpFamily> families,
      @Nullable InetSocketAddress healthz,
      @Nullable InetSocketAddress metrics,
      Supplier<? extends Collection<IpAddress>> serviceHealthAddresses,
      Duration healthTimeout,
      boolean bindAddressHardFail,
      NodeEvents nodeEvents,
      Pages pages) {
    public Options {
      families = Set.copyOf(families);
    }

    /** kube-proxy's timeout of 60 s, pages that say little, failures that are tried again. */
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
          false,
          (_, _) -> {},
          Pages.DEFAULT);
    }

    /** The same with another answer to addresses that cannot be bound. */
    public Options withBindFailures(boolean hardFail, NodeEvents events) {
      return new Options(
          nodeName,
          families,
          healthz,
          metrics,
          serviceHealthAddresses,
          healthTimeout,
          hardFail,
          events,
          pages);
    }

    /** The same with other pages. */
    public Options withPages(Pages other) {
      return new Options(
          nodeName,
          families,
          healthz,
          metrics,
          serviceHealthAddresses,
          healthTimeout,
          bindAddressHardFail,
          nodeEvents,
          other);
    }
  }

  /**
   * What the pages of the metrics server say besides what the proxy knows itself.
   *
   * @param proxyMode the word that {@code /proxyMode} answers
   * @param version of this program
   * @param configz the JSON that {@code /configz} answers
   * @param flags that {@code /flagz} shows, by name without dashes
   * @param moreMetrics metrics of others, as {@code rest_client_requests_total}, in the text format
   * @param status more lines for {@code /statusz}, in their order
   */
  public record Pages(
      String proxyMode,
      String version,
      Supplier<String> configz,
      Supplier<Map<String, String>> flags,
      Supplier<String> moreMetrics,
      Supplier<Map<String, String>> status) {
    /** Pages whose {@code /statusz} has no more lines. */
    public Pages(
        String proxyMode,
        String version,
        Supplier<String> configz,
        Supplier<Map<String, String>> flags,
        Supplier<String> moreMetrics) {
      this(proxyMode, version, configz, flags, moreMetrics, Map::of);
    }

    /** The same with other lines for {@code /statusz}. */
    public Pages withStatus(Supplier<Map<String, String>> lines) {
      return new Pages(proxyMode, version, configz, flags, moreMetrics, lines);
    }

    /** A proxy in mode {@code userspace} without configuration. */
    public static final Pages DEFAULT =
        new Pages(
            "userspace",
            "0.1.0",
            () ->
                "{\"kubeproxy.config.k8s.io\":{\"kind\":\"KubeProxyConfiguration\","
                    + "\"apiVersion\":\"kubeproxy.config.k8s.io/v1alpha1\","
                    + "\"mode\":\"userspace\"}}",
            Map::of,
            () -> "");
  }

  /** A server that goes on trying until its address is free, if it is not fatal that it is not. */
  private final class RetriedListener {
    private final String reason;
    private final String failure;
    private final @Nullable InetSocketAddress wanted;
    private final Answer.Responder responder;
    private volatile @Nullable Listener open;

    RetriedListener(
        String reason,
        String failure,
        @Nullable InetSocketAddress wanted,
        Answer.Responder responder) {
      this.reason = reason;
      this.failure = failure;
      this.wanted = wanted;
      this.responder = responder;
      if (wanted != null && !tryOpen(wanted, true) && !options.bindAddressHardFail()) {
        Thread.ofVirtual().name("proxy-health-bind").start(() -> retry(wanted));
      }
    }

    private boolean tryOpen(InetSocketAddress address, boolean first) {
      try {
        open = listening.open(address, responder);
        return true;
      } catch (IOException e) {
        String text = Objects.toString(address.getAddress(), address.getHostString());
        String where = text.substring(text.indexOf('/') + 1) + ":" + address.getPort();
        String message = failure + where + ": " + e.getMessage();
        LOG.log(first ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG, message);
        if (first) {
          options.nodeEvents().warning(reason, message);
        }
        return false;
      }
    }

    private void retry(InetSocketAddress address) {
      try {
        while (!closed.await(BIND_RETRY.toMillis(), TimeUnit.MILLISECONDS)) {
          if (tryOpen(address, false)) {
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

    /** Whether the address is bound or none is wanted. */
    boolean isServed() {
      return wanted == null || open != null;
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
      return String.valueOf(wanted);
    }
  }
}
