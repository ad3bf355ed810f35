// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.Cluster;
import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.StateDir;
import dev.fairway.node.demo.Demo;
import dev.fairway.node.kubeproxy.Rehearsal;
import dev.fairway.node.runtime.HelloTraining;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Goes the way of {@code up --demo}, of {@code node} and of the short commands once, so that the
 * JVM can archive their classes for later starts; not for people.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private static final long ENOUGH_MILLIS = 20_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--hello",
      description = "Only the application of the demo: writes an archive beside its jar.")
  private boolean hello;

  @Option(
      names = "--node",
      paramLabel = "DIR",
      description = "Only the node daemon, with the cluster of this state directory.")
  private @Nullable Path nodeOf;

  @Override
  public Integer call() throws Exception {
    if (nodeOf != null) {
      Rehearsal.run(new StateDir(nodeOf).kubeconfig(), nodeOf, ClusterConfig.nodeName(1));
      return Main.OK;
    }
    if (hello) {
      HelloTraining.run();
      return Main.OK;
    }
    Path folder = Files.createTempDirectory("fairway-warm-up");
    try {
      StateDir stateDir = new StateDir(folder);
      Logging.toFile(stateDir.logFile());
      shortCommand("status", folder);
      shortCommand("down", folder);
      ClusterConfig config = new ClusterConfig(folder, 1, 0, 0, 0, 0, Duration.ofSeconds(40));
      Cluster cluster = Cluster.start(config, Progress.NONE);
      try {
        Thread demo = Thread.ofVirtual().start(() -> demo(stateDir, cluster));
        demo.join(Duration.ofMillis(ENOUGH_MILLIS));
        shortCommand("status", folder);
        node(stateDir, folder);
      } finally {
        cluster.close();
      }
      return Main.OK;
    } finally {
      delete(folder);
    }
  }

  private void demo(StateDir stateDir, Cluster cluster) {
    try {
      new Demo(stateDir, cluster.status(), spec.commandLine().getOut()).run();
    } catch (EnvironmentException e) {
      spec.commandLine().getErr().println("warm-up without the demo: " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void node(StateDir stateDir, Path folder) throws InterruptedException {
    try {
      Rehearsal.run(stateDir.kubeconfig(), folder, ClusterConfig.nodeName(1));
    } catch (IOException e) {
      spec.commandLine().getErr().println("warm-up without the node daemon: " + e.getMessage());
    }
  }

  private void shortCommand(String command, Path folder) {
    PrintWriter out = spec.commandLine().getOut();
    CommandLine line = Main.commandLine();
    line.setOut(out);
    line.execute(command, "--state-dir", folder.toString());
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
