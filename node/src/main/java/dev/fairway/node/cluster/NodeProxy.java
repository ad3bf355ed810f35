// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.health.ProxyServers;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.proxy.userspace.UserspaceProxier;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The proxy of one node with its health and metrics servers; follows the node's own object for its
 * zone and for whether it is going away. Thread-safe.
 */
public final class NodeProxy implements AutoCloseable {
  private static final String ZONE_LABEL = "topology.kubernetes.io/zone";
  private static final Duration ADDRESS_CHECK = Duration.ofSeconds(30);

  private final String nodeName;
  private final ServiceWarnings warnings;
  private final DataPlane dataPlane;
  private final ProxyServers servers;
  private final Consumer<Node> onNode;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * A proxy on ordinary sockets that serves nothing yet.
   *
   * @param healthz where {@code /healthz} and {@code /livez} are answered, null for nowhere
   * @param metrics where {@code /metrics} is answered, null for nowhere
   */
  public NodeProxy(
      KubeClient client,
      UserspaceOptions options,
      @Nullable InetSocketAddress healthz,
      @Nullable InetSocketAddress metrics) {
    this(
        client,
        options.node().nodeName(),
        (events, counters) ->
            new UserspaceDataPlane(new UserspaceProxier(options, events, counters)),
        plane ->
            ProxyServers.Options.of(
                options.node().nodeName(),
                families(options.nodeAddresses()),
                healthz,
                metrics,
                plane::nodePortIps),
        _ -> {});
  }

  /**
   * A proxy that serves nothing yet.
   *
   * @param servers what its servers are to serve
   * @param onNode told of the node's own object at each change
   * @throws UncheckedIOException if it is fatal that a server cannot listen
   */
  public NodeProxy(
      KubeClient client,
      String nodeName,
      ProxierFactory factory,
      Function<DataPlane, ProxyServers.Options> servers,
      Consumer<Node> onNode) {
    this.nodeName = nodeName;
    this.onNode = onNode;
    warnings = new ServiceWarnings(client, nodeName, InstantSource.system());
    ProxyMetrics counters = new ProxyMetrics();
    dataPlane = factory.create(warnings, counters);
    try {
      this.servers =
          new ProxyServers(
              servers.apply(dataPlane),
              dataPlane.proxier(),
              counters,
              warnings,
              InstantSource.system());
    } catch (UncheckedIOException e) {
      dataPlane.proxier().close();
      warnings.close();
      throw e;
    }
  }

  /** The families of a node's addresses; IPv4 if it has none. */
  public static Set<IpFamily> families(Collection<IpAddress> addresses) {
    EnumSet<IpFamily> families = EnumSet.noneOf(IpFamily.class);
    addresses.forEach(address -> families.add(address.family()));
    return families.isEmpty() ? EnumSet.of(IpFamily.IPV4) : families;
  }

  /** Serves what the feed tells. */
  public void join(ServiceFeed feed) {
    feed.addListener(servers);
    feed.follow(Resource.NODES, ListOptions.fields("metadata.name=" + nodeName), new OwnNode());
    Thread.ofVirtual().name("proxy-addresses").start(this::followAddresses);
  }

  private void followAddresses() {
    try {
      while (!closed.await(ADDRESS_CHECK.toSeconds(), TimeUnit.SECONDS)) {
        dataPlane.refreshAddresses();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the first snapshot is programmed; false if that took longer than the bound. */
  public boolean awaitFirst(Duration bound) throws InterruptedException {
    return awaitApplied(1, bound);
  }

  /** The servers around the proxier. */
  public ProxyServers servers() {
    return servers;
  }

  /** Waits until a snapshot is programmed; false if that took longer than the bound. */
  boolean awaitApplied(long revision, Duration bound) throws InterruptedException {
    return dataPlane.proxier().awaitApplied(revision, bound);
  }

  @Override
  public void close() {
    close(Duration.ZERO);
  }

  /** Takes no new connections, lets those that are open go on for that long, then ends. */
  public void close(Duration drain) {
    closed.countDown();
    servers.close();
    dataPlane.proxier().close(drain);
    warnings.close();
  }

  /** What the proxy reads from its own Node. */
  private final class OwnNode implements ReflectorListener<Node> {
    @Override
    public void onReplace(List<Node> all, String resourceVersion) {
      if (all.isEmpty()) {
        servers.health().nodeGone();
      }
      all.forEach(this::onUpsert);
    }

    @Override
    public void onUpsert(Node node) {
      servers
          .health()
          .nodeSeen(
              node.metadata().deletionTimestamp() != null,
              node.spec().taints().stream().map(Node.Taint::key).toList());
      dataPlane.setZone(node.metadata().labels().getOrDefault(ZONE_LABEL, ""));
      onNode.accept(node);
    }

    @Override
    public void onDelete(Node last) {
      servers.health().nodeGone();
    }
  }
}
