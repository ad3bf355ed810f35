// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.KubeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What the process of a further node runs: its pods and its node ports. Thread-safe. */
public final class NodeDaemon implements AutoCloseable {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private final Parts parts;

  private NodeDaemon(Parts parts) {
    this.parts = parts;
  }

  /** Starts node {@code index} of the cluster in a state directory; returns when it is ready. */
  public static NodeDaemon start(Path stateDir, int index, Duration heartbeat, Duration gracePeriod)
      throws EnvironmentException, InterruptedException {
    StateDir directory = new StateDir(stateDir);
    Path folder = directory.nodeFolder(ClusterConfig.nodeName(index));
    Parts parts = new Parts();
    try {
      ApiTransport transport = parts.add(KubeConfig.load(folder.resolve("kubeconfig")).transport());
      KubeClient client = new KubeClient(transport);
      ServiceFeed feed = parts.add(new ServiceFeed(client));
      LocalNode node =
          parts.add(
              new LocalNode(
                  new LocalNode.Options(index, directory.root(), heartbeat, gracePeriod, false),
                  client,
                  feed));
      feed.start();
      node.start(NodeTls.read(folder));
      if (!node.awaitProgrammed(BOUND)) {
        throw new IOException("the services were not listed within " + BOUND.toSeconds() + " s");
      }
      Files.writeString(folder.resolve("ready"), ProcessHandle.current().pid() + "\n");
      return new NodeDaemon(parts);
    } catch (IOException e) {
      parts.close();
      throw new EnvironmentException(
          ClusterConfig.nodeName(index) + " did not start: " + FileProblem.text(e), e);
    } catch (RuntimeException | InterruptedException e) {
      parts.close();
      throw e;
    }
  }

  @Override
  public void close() {
    parts.close();
  }
}
