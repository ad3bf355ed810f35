// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.node.cluster.Cluster;
import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.StateDir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Starts and stops a cluster, so that the JVM can archive the classes of a start; not for people.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("fairway-warm-up");
    try {
      Logging.toFile(new StateDir(folder).logFile());
      ClusterConfig config = new ClusterConfig(folder, 1, 0, 0, 0, 0, Duration.ofSeconds(40));
      Cluster cluster = Cluster.start(config, Progress.NONE);
      try (ApiTransport transport =
          KubeConfig.load(new StateDir(folder).kubeconfig()).transport()) {
        new KubeClient(transport).list(Resource.NODES, "", ListOptions.ALL);
      } finally {
        cluster.close();
      }
      return Main.OK;
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(folder)) {
      all = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
