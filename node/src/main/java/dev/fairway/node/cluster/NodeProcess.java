// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.node.runtime.ProcessLauncher;
import dev.fairway.node.runtime.ProcessTable;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A further node: this program again, in a process of its own with credentials of its own. When it
 * ends for whatever reason, its pods end too, as on a machine that dies. Thread-safe.
 */
final class NodeProcess implements AutoCloseable {
  private static final Logger LOG = System.getLogger(NodeProcess.class.getName());
  private static final Duration GRACE = Duration.ofSeconds(12);

  private final StateDir stateDir;
  private final String name;
  private final Process process;
  private volatile boolean closing;

  private NodeProcess(StateDir stateDir, String name, Process process) {
    this.stateDir = stateDir;
    this.name = name;
    this.process = process;
  }

  /**
   * Starts node k.
   *
   * @param onEnd told when the process ended without being asked
   */
  static NodeProcess start(
      ProcessLauncher launcher,
      ClusterConfig config,
      StateDir stateDir,
      int k,
      ApiServer api,
      Consumer<NodeProcess> onEnd)
      throws IOException, InterruptedException {
    String name = ClusterConfig.nodeName(k);
    Path folder = Files.createDirectories(stateDir.nodeFolder(name));
    Files.deleteIfExists(folder.resolve("ready"));
    api.writeKubeconfig(
        folder.resolve("kubeconfig"),
        "system:node:" + name,
        List.of("system:nodes"),
        "https://" + Ports.ADDRESS + ":" + api.port());
    NodeTls.write(api.ca(), name, ClusterConfig.nodeAddress(k), folder);
    List<String> command =
        SelfCommand.with(
            List.of(
                "run-node",
                "--index=" + k,
                "--state-dir=" + stateDir.root(),
                "--heartbeat-millis=" + config.heartbeat().toMillis(),
                "--grace-millis=" + config.nodeMonitorGracePeriod().toMillis()));
    ProcessBuilder builder = new ProcessBuilder(launcher.wrapped(command));
    builder.environment().put(ProcessTable.STATE_DIR, stateDir.root().toString());
    builder.environment().put(ProcessTable.NODE, name);
    File output = stateDir.root().resolve("log").resolve(name + ".out").toFile();
    builder.redirectInput(new File("/dev/null")).redirectOutput(output).redirectErrorStream(true);
    Process process = launcher.start(builder);
    Files.writeString(
        folder.resolve("pid"), process.pid() + " " + ProcessTable.startTime(process.pid()) + "\n");
    NodeProcess node = new NodeProcess(stateDir, name, process);
    Thread.ofVirtual().name("watch-" + name).start(() -> node.watch(onEnd));
    return node;
  }

  private void watch(Consumer<NodeProcess> onEnd) {
    try {
      int code = process.waitFor();
      if (!closing) {
        LOG.log(Level.WARNING, "node ended node=" + name + " code=" + code);
        killPods();
        onEnd.accept(this);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "pods of an ended node may be left node=" + name, e);
    }
  }

  private void killPods() throws IOException, InterruptedException {
    ProcessTable.killAll(stateDir.mark(), ProcessTable.NODE + "=" + name);
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  /** Waits until the node runs its pods; false if it ended or took too long. */
  boolean awaitReady(Duration bound) throws InterruptedException {
    Path ready = stateDir.nodeFolder(name).resolve("ready");
    for (long left = bound.toMillis() / 20; left > 0; left--) {
      if (Files.exists(ready)) {
        return true;
      }
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    closing = true;
    process.destroy();
    if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      process.waitFor();
    }
    killPods();
    Files.deleteIfExists(stateDir.nodeFolder(name).resolve("pid"));
  }
}
