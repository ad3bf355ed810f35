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
import dev.fairway.service.IpFamily;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
  private final UserspaceProxier proxier;
  private final ProxyServers servers;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * A proxy that serves nothing yet.
   *
   * @param healthz where {@code /healthz} and {@code /livez} are answered, null for nowhere
   * @param metrics where {@code /metrics} is answered, null for nowhere
   */
  public NodeProxy(
      KubeClient client,
      UserspaceOptions options,
      @Nullable InetSocketAddress healthz,
      @Nullable InetSocketAddress metrics) {
    nodeName = options.node().nodeName();
    warnings = new ServiceWarnings(client, nodeName, InstantSource.system());
    ProxyMetrics counters = new ProxyMetrics();
    proxier = new UserspaceProxier(options, warnings, counters);
    servers =
        new ProxyServers(
            ProxyServers.Options.of(
                nodeName, families(options), healthz, metrics, proxier::nodePortIps),
            proxier,
            counters,
            warnings,
            InstantSource.system());
  }

  private static Set<IpFamily> families(UserspaceOptions options) {
    EnumSet<IpFamily> families = EnumSet.noneOf(IpFamily.class);
    options.nodeAddresses().forEach(address -> families.add(address.family()));
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
        proxier.refreshAddresses();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until a snapshot is programmed; false if that took longer than the bound. */
  boolean awaitApplied(long revision, Duration bound) throws InterruptedException {
    return proxier.awaitApplied(revision, bound);
  }

  @Override
  public void close() {
    closed.countDown();
    servers.close();
    proxier.close();
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
      proxier.setZone(node.metadata().labels().getOrDefault(ZONE_LABEL, ""));
    }

    @Override
    public void onDelete(Node last) {
      servers.health().nodeGone();
    }
  }
}
