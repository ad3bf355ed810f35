// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.node.runtime.NodeAgent;
import dev.fairway.node.runtime.RuntimeOptions;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One node in this process: its proxier and its pods. Thread-safe.
 *
 * <p>The node of the main process answers the virtual addresses for everybody, because the whole
 * cluster shares one loopback interface; each node answers node ports on its own address.
 */
final class LocalNode implements AutoCloseable {
  /** kube-proxy's ports, on the node's own address. */
  private static final int HEALTHZ_PORT = 10_256;

  private static final int METRICS_PORT = 10_249;

  /**
   * What a node is like.
   *
   * @param index from 1
   * @param servesVips whether its proxier answers ClusterIPs and the other virtual addresses
   */
  record Options(
      int index, Path stateDir, Duration heartbeat, Duration gracePeriod, boolean servesVips) {
    String name() {
      return ClusterConfig.nodeName(index);
    }

    String address() {
      return ClusterConfig.nodeAddress(index);
    }
  }

  private final Options options;
  private final KubeClient client;
  private final AppliedSnapshot applied = new AppliedSnapshot();
  private final NodeProxy proxy;
  private @Nullable NodeAgent agent;

  /** A node that does nothing yet; it joins the feed at once. */
  LocalNode(Options options, KubeClient client, ServiceFeed feed) {
    this.options = options;
    this.client = client;
    this.proxy =
        new NodeProxy(
            client,
            UserspaceOptions.of(options.name(), List.of(IpAddress.parse(options.address())))
                .withClusterCidrs(List.of(IpPrefix.parse("127.64.0.0/12")))
                .withServed(options.servesVips(), true),
            new InetSocketAddress(options.address(), HEALTHZ_PORT),
            new InetSocketAddress(options.address(), METRICS_PORT));
    proxy.join(feed);
    feed.addListener(applied);
  }

  /** Registers the node and runs its pods. */
  void start(SSLContext tls) throws IOException, InterruptedException {
    RuntimeOptions runtime =
        new RuntimeOptions(
            options.name(),
            options.address(),
            ClusterConfig.podCidr(options.index()),
            options.stateDir(),
            Map.of(),
            options.heartbeat(),
            options.gracePeriod(),
            applied::links,
            applied::offers,
            InstantSource.system());
    try {
      agent = NodeAgent.start(runtime, client, tls);
    } catch (KubeApiException e) {
      throw new IOException("node " + options.name() + ": " + e.getMessage(), e);
    }
  }

  /** Waits until the data plane has the first snapshot. */
  boolean awaitProgrammed(Duration bound) throws InterruptedException {
    return applied.awaitFirst(bound.toMillis())
        && proxy.awaitApplied(applied.snapshot().revision(), bound);
  }

  @Override
  public void close() {
    NodeAgent running = agent;
    if (running != null) {
      running.close();
    }
    proxy.close();
  }
}
