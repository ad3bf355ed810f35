// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import dev.fairway.dns.cluster.ClusterPods;
import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.dns.forward.Forwarder;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.rules.RuleSet;
import dev.fairway.dns.server.Backend;
import dev.fairway.dns.server.ClientGuard;
import dev.fairway.dns.server.DnsSockets;
import dev.fairway.dns.server.QueryHandler;
import dev.fairway.dns.server.SecureOptions;
import dev.fairway.dns.server.ServerOptions;
import dev.fairway.dns.store.SnapshotFile;
import dev.fairway.dns.store.SnapshotKeeper;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import dev.fairway.service.SnapshotSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A running DNS server for one cluster. It answers SERVFAIL for cluster names until the first
 * snapshot has come. Thread-safe.
 */
public final class DnsServer implements SnapshotListener, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(DnsServer.class.getName());

  /** Between two writes of what is known of the cluster. */
  private static final Duration WRITE_PAUSE = Duration.ofSeconds(5);

  /** For so long after a start the API server is hoped for, before old knowledge has to do. */
  private static final Duration TRUST_AFTER = Duration.ofSeconds(10);

  /** Logs what the server could not do. */
  public static final DnsEvents LOG_EVENTS =
      (address, reason) ->
          LOG.log(
              System.Logger.Level.WARNING,
              () -> "cannot listen address=" + address + " reason=" + reason.getMessage());

  private final DnsOptions options;
  private @Nullable ForwardOptions current;
  private final ClusterZone zone;
  private final DnsMetrics metrics;
  private final SecureRandom random = new SecureRandom();
  private final Backend backend;
  private final DnsSockets sockets;
  private final @Nullable SnapshotKeeper keeper;
  private final List<InetSocketAddress> addresses = new CopyOnWriteArrayList<>();
  private volatile @Nullable SecureOptions secure;

  /** A server that takes snapshots, and that nobody can ask before {@link #listen}. */
  public DnsServer(DnsOptions options) {
    this.options = options;
    metrics = new DnsMetrics();
    zone = new ClusterZone(withLocalAddresses(options), InstantSource.system(), random.nextLong());
    current = options.forward();
    backend = new Backend(options.rules(), forwarder(options.forward()));
    ServerOptions server = options.server();
    ClientGuard guard = new ClientGuard(server, InstantSource.system(), System::nanoTime, random);
    sockets =
        new DnsSockets(
            server,
            metrics,
            () -> new QueryHandler(zone, backend, metrics, server, guard, random.nextLong()));
    keeper = options.stateFile() == null ? null : keep(new SnapshotFile(options.stateFile()));
  }

  private SnapshotKeeper keep(SnapshotFile file) {
    try {
      SnapshotFile.Stored stored = file.read();
      if (stored != null) {
        restore(stored.snapshot());
        LOG.log(
            System.Logger.Level.INFO,
            () -> "names are those of " + stored.writtenAt() + " file=" + file.path());
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "starting without the stored names", e);
    }
    SnapshotKeeper made = new SnapshotKeeper(file, WRITE_PAUSE, InstantSource.system());
    made.after(TRUST_AFTER, this::trustRestored);
    return made;
  }

  /** Starts a server that follows {@code source}; addresses it cannot listen on are logged. */
  public static DnsServer start(DnsOptions options, SnapshotSource source) throws IOException {
    DnsServer server = start(options, LOG_EVENTS);
    source.addListener(server);
    return server;
  }

  /**
   * Starts a server that somebody else feeds through {@link #onSnapshot}.
   *
   * @param events is told about addresses, other than the first, that cannot be listened on
   * @throws IOException when the first address, or one for encrypted DNS, cannot be listened on
   */
  public static DnsServer start(DnsOptions options, DnsEvents events) throws IOException {
    DnsServer server = new DnsServer(options);
    server.listen(events);
    return server;
  }

  /**
   * Begins to answer; to be called once.
   *
   * @param events is told about addresses, other than the first, that cannot be listened on
   * @throws IOException when the first address, or one for encrypted DNS, cannot be listened on;
   *     the server is closed then
   */
  public void listen(DnsEvents events) throws IOException {
    InetSocketAddress first = options.listen().getFirst();
    try {
      addresses.add(sockets.listen(first));
    } catch (IOException e) {
      close();
      throw new IOException("cannot listen on " + first, e);
    }
    try {
      sockets.notifySecondaries(zone::snapshot, random);
    } catch (IOException e) {
      close();
      throw new IOException("cannot notify secondaries", e);
    }
    if (options.secure() != null) {
      try {
        secure = sockets.listenSecure(options.secure());
      } catch (IOException e) {
        close();
        throw new IOException("cannot serve encrypted DNS: " + e.getMessage(), e);
      }
    }
    for (InetSocketAddress address : options.listen().subList(1, options.listen().size())) {
      try {
        addresses.add(sockets.listen(address));
      } catch (IOException e) {
        events.cannotListen(address, e);
      }
    }
    metrics.describe(
        authority(addresses.getFirst()), current == null ? zoneName() : ".", plugins());
    start(backend.state().forwarder());
    LOG.log(
        System.Logger.Level.INFO,
        () -> "DNS started zone=" + options.zone().zone() + " addresses=" + addresses);
  }

  private List<String> plugins() {
    List<String> names = new ArrayList<>();
    if (options.rules().asksCluster()) {
      names.add("kubernetes");
    }
    if (current != null) {
      names.addAll(List.of("forward", "cache", "loop"));
    }
    names.add("loadbalance");
    return names;
  }

  private String zoneName() {
    String name = options.zone().zone();
    return name.endsWith(".") ? name : name + ".";
  }

  /** As CoreDNS writes it: without an address where every one is listened on. */
  private static String authority(InetSocketAddress address) {
    InetAddress inet = address.getAddress();
    String port = ":" + address.getPort();
    if (inet == null || inet.isAnyLocalAddress()) {
      return port;
    }
    String text = IpAddress.ofBytes(inet.getAddress()).toString();
    return (text.contains(":") ? "[" + text + "]" : text) + port;
  }

  private @Nullable Forwarder forwarder(@Nullable ForwardOptions forward) {
    return forward == null ? null : new Forwarder(forward, metrics, System::nanoTime, random);
  }

  private static void start(@Nullable Forwarder forwarder) {
    if (forwarder != null) {
      forwarder.start();
    }
  }

  private static void close(@Nullable Forwarder forwarder) {
    if (forwarder != null) {
      forwarder.close();
    }
  }

  /**
   * Puts other rules and upstreams in force, without losing a query: lookups under way get their
   * answers, and the cache starts empty only if the upstreams are others.
   */
  public void reload(RuleSet rules, @Nullable ForwardOptions forward) {
    Backend.State last = backend.state();
    if (Objects.equals(forward, current)) {
      backend.set(rules, last.forwarder());
      return;
    }
    current = forward;
    Forwarder next = forwarder(forward);
    backend.set(rules, next);
    start(next);
    if (last.forwarder() != null) {
      last.forwarder().closeWhenIdle();
    }
  }

  /** The addresses to listen on are those the zone calls its own, unless it names others. */
  private static ZoneOptions withLocalAddresses(DnsOptions options) {
    if (!options.zone().localAddresses().isEmpty()) {
      return options.zone();
    }
    List<IpAddress> local = new ArrayList<>();
    for (InetSocketAddress address : options.listen()) {
      InetAddress inet = address.getAddress();
      if (inet != null && !inet.isAnyLocalAddress()) {
        IpAddress ip = IpAddress.ofBytes(inet.getAddress());
        if (!local.contains(ip)) {
          local.add(ip);
        }
      }
    }
    return options.zone().withLocalAddresses(local);
  }

  @Override
  public void onSnapshot(SnapshotDelta delta) {
    zone.onSnapshot(delta);
    if (!delta.triggers().isEmpty()) {
      observe(delta);
    }
    metrics.stale(false);
    if (keeper != null) {
      keeper.onSnapshot(delta);
    }
  }

  /** How long changes of endpoints took; which service each was of is not told. */
  private void observe(SnapshotDelta delta) {
    boolean headless = true;
    for (ServiceName name : delta.changed()) {
      ServiceInfo service = delta.after().service(name);
      headless &= service == null || service.isHeadless();
    }
    String kind = headless ? "headless_with_selector" : "cluster_ip";
    Instant now = InstantSource.system().instant();
    for (Instant trigger : delta.triggers()) {
      metrics.programmed(kind, Math.max(0, Duration.between(trigger, now).toNanos()));
    }
  }

  /**
   * Answers from what a server before this one knew, marked as stale, until the first snapshot
   * comes.
   */
  public void restore(ServiceSnapshot before) {
    zone.restore(before);
    metrics.stale(zone.snapshot().isStale());
  }

  /**
   * Denies names from now on that what was restored does not have; before, they fail, as they may
   * have come since. To be called when nothing newer has come for a while.
   */
  public void trustRestored() {
    zone.trustRestored();
  }

  /** Whether what is answered is what a server before this one knew. */
  public boolean isStale() {
    return zone.snapshot().isStale();
  }

  /** The first address, with the real port, for UDP and TCP. */
  public InetSocketAddress address() {
    return addresses.getFirst();
  }

  /** All addresses that are listened on; empty before {@link #listen}. */
  public List<InetSocketAddress> addresses() {
    return List.copyOf(addresses);
  }

  /** Where DNS is served encrypted, with the real ports; null for nowhere. */
  public @Nullable SecureOptions secure() {
    return secure;
  }

  /** Whether the first snapshot has come: the readiness of this server. */
  public boolean isReady() {
    return !backend.state().rules().asksCluster() || zone.snapshot().isComplete();
  }

  /** Who wants to be told of pods, where the zone verifies their names. */
  public ClusterPods pods() {
    return zone.pods();
  }

  /** The counters. */
  public DnsMetrics metrics() {
    return metrics;
  }

  /**
   * Leaves new clients to a successor that listens at the same addresses (see {@link
   * ServerOptions#sharedAddress}) and answers those who have asked already; to be followed by
   * {@link #close}.
   *
   * @param patience for answers that have to be looked up
   */
  public void retire(Duration patience) {
    sockets.retire(patience);
  }

  /** Stops listening, drops connections and ends all lookups. */
  @Override
  public void close() {
    sockets.close();
    if (keeper != null) {
      keeper.close();
    }
    close(backend.state().forwarder());
  }
}
