// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.Cluster;
import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.StateDir;
import dev.fairway.node.demo.Demo;
import dev.fairway.node.ingress.IngressTraining;
import dev.fairway.node.kubeproxy.Rehearsal;
import dev.fairway.node.runtime.HelloTraining;
import java.io.BufferedReader;
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
 * Goes the way of {@code up --demo}, of {@code node}, of {@code ingress} and of the short commands
 * once, so that the JVM can archive their classes for later starts; not for people.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private static final long ENOUGH_MILLIS = 20_000;
  private static final String READY = "ready";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--hello",
      description = "Only the application of the demo: writes an archive beside its jar.")
  private boolean hello;

  @Option(names = "--node", description = "Only the node daemon.")
  private boolean node;

  @Option(
      names = "--ingress",
      paramLabel = "FILE",
      description = "Only the gateway daemon, whose archive is written to the file.")
  private @Nullable Path ingress;

  @Option(
      names = "--cluster",
      paramLabel = "DIR",
      description = "Only be a cluster for the node daemon, until standard input ends.")
  private @Nullable Path clusterOf;

  @Override
  public Integer call() throws Exception {
    if (clusterOf != null) {
      return serve(clusterOf);
    }
    if (node) {
      return nodeAlone();
    }
    if (hello) {
      HelloTraining.run();
      return Main.OK;
    }
    Path folder = Files.createTempDirectory("fairway-warm-up");
    try {
      StateDir stateDir = new StateDir(folder);
      Logging.toFile(stateDir.logFile());
      if (ingress == null) {
        wholeCluster(stateDir, folder);
      } else {
        ingressAlone(stateDir, folder, ingress);
      }
      return Main.OK;
    } finally {
      delete(folder);
    }
  }

  private void wholeCluster(StateDir stateDir, Path folder) throws Exception {
    shortCommand("status", folder);
    shortCommand("down", folder);
    try (Cluster cluster = Cluster.start(config(folder), Progress.NONE)) {
      awaitDemo(stateDir, cluster);
      shortCommand("status", folder);
    }
  }

  /** The gateway is another process, so that only its classes are archived. */
  private void ingressAlone(StateDir stateDir, Path folder, Path archive) throws Exception {
    try (Cluster cluster = Cluster.start(config(folder), Progress.NONE)) {
      awaitDemo(stateDir, cluster);
      IngressTraining.run(stateDir.kubeconfig(), archive);
    }
  }

  private void awaitDemo(StateDir stateDir, Cluster cluster) throws InterruptedException {
    Thread demo = Thread.ofVirtual().start(() -> demo(stateDir, cluster));
    demo.join(Duration.ofMillis(ENOUGH_MILLIS));
  }

  /** The cluster is another process, so that its classes are not archived. */
  private int nodeAlone() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("fairway-warm-up");
    try {
      Process cluster =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName(),
                  "warm-up",
                  "--cluster",
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader lines = cluster.inputReader()) {
        if (!READY.equals(lines.readLine())) {
          throw new IOException("no cluster to start the node daemon with");
        }
        Rehearsal.run(new StateDir(folder).kubeconfig(), folder, ClusterConfig.nodeName(1));
      } finally {
        cluster.getOutputStream().close();
        cluster.waitFor();
      }
      return Main.OK;
    } finally {
      delete(folder);
    }
  }

  /** Ends with the process that asked for it, however that ends. */
  private int serve(Path folder) throws Exception {
    Logging.toFile(new StateDir(folder).logFile());
    try (Cluster cluster = Cluster.start(config(folder), Progress.NONE)) {
      spec.commandLine().getOut().println(READY);
      spec.commandLine().getOut().flush();
      while (System.in.read() >= 0) {
        // Nothing is said to it.
        continue;
      }
      return Main.OK;
    }
  }

  private static ClusterConfig config(Path folder) {
    return new ClusterConfig(folder, 1, 0, 0, 0, 0, Duration.ofSeconds(40));
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
