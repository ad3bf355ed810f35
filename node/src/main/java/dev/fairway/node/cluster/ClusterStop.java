// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.node.runtime.ProcessTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Stops a cluster, or one of its nodes, from another process, and what a crash left of it. */
public final class ClusterStop {
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final long LOOK_MILLIS = 5;

  private final StateDir stateDir;

  public ClusterStop(StateDir stateDir) {
    this.stateDir = stateDir;
  }

  /** What was there to stop. */
  public enum Outcome {
    STOPPED,
    LEFTOVERS_REMOVED,
    NOTHING_RAN
  }

  /** Ends everything of the cluster and waits until nothing is left but its files. */
  public Outcome stop() throws EnvironmentException, InterruptedException {
    if (!Files.isDirectory(stateDir.root())) {
      return Outcome.NOTHING_RAN;
    }
    try {
      long pid = stateDir.runningPid();
      if (pid != 0) {
        end(pid);
      }
      int left = ProcessTable.killAll(other -> other != pid, stateDir.mark());
      boolean status = Files.exists(stateDir.statusFile());
      stateDir.deleteStatus();
      stateDir.deletePid();
      if (pid != 0) {
        return Outcome.STOPPED;
      }
      return left > 0 || status ? Outcome.LEFTOVERS_REMOVED : Outcome.NOTHING_RAN;
    } catch (IOException e) {
      throw new EnvironmentException("the cluster could not be stopped: " + e, e);
    }
  }

  /** Asks a process to end, and ends it when it has not after the bound. */
  private static void end(long pid) throws InterruptedException {
    ProcessHandle process = ProcessHandle.of(pid).orElse(null);
    if (process == null) {
      return;
    }
    process.destroy();
    if (!awaitEnd(process, GRACE)) {
      process.destroyForcibly();
      awaitEnd(process, GRACE);
    }
  }

  /** Looks itself: for processes that are not children, the JDK looks only now and then. */
  private static boolean awaitEnd(ProcessHandle process, Duration bound)
      throws InterruptedException {
    long start = ProcessTable.startTime(process.pid());
    long deadline = System.nanoTime() + bound.toNanos();
    while (start != 0 && ProcessTable.startTime(process.pid()) == start) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    return true;
  }

  /**
   * Ends one node as if its machine had died: nobody says goodbye, its pods are gone.
   *
   * @throws EnvironmentException if there is no such node, or it lives in the main process
   */
  public void stopNode(String name) throws EnvironmentException, InterruptedException {
    ClusterStatus status = stateDir.readStatus();
    if (status == null || stateDir.runningPid() == 0) {
      throw new EnvironmentException("no cluster runs in " + stateDir.root());
    }
    List<String> names = status.nodes().stream().map(ClusterStatus.NodeStatus::name).toList();
    for (ClusterStatus.NodeStatus node : status.nodes()) {
      if (node.name().equals(name)) {
        stopNode(status, node);
        return;
      }
    }
    throw new EnvironmentException(
        "there is no node " + name + "; the cluster has " + String.join(", ", names));
  }

  private void stopNode(ClusterStatus status, ClusterStatus.NodeStatus node)
      throws EnvironmentException, InterruptedException {
    if (node.pid() == status.pid()) {
      throw new EnvironmentException(
          node.name() + " lives in the main process; only the other nodes can be stopped alone");
    }
    try {
      Path pidFile = stateDir.nodeFolder(node.name()).resolve("pid");
      String[] text = Files.exists(pidFile) ? Files.readString(pidFile).strip().split(" ") : null;
      if (text != null
          && Long.parseLong(text[0]) == node.pid()
          && ProcessTable.startTime(node.pid()) == Long.parseLong(text[1])) {
        ProcessHandle.of(node.pid()).ifPresent(ProcessHandle::destroyForcibly);
        ProcessHandle process = ProcessHandle.of(node.pid()).orElse(null);
        if (process != null) {
          awaitEnd(process, GRACE);
        }
      }
      ProcessTable.killAll(
          other -> other != status.pid(), stateDir.mark(), ProcessTable.NODE + "=" + node.name());
    } catch (IOException e) {
      throw new EnvironmentException("node " + node.name() + " could not be stopped: " + e, e);
    }
  }
}
