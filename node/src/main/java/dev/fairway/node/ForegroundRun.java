// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.Cluster;
import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.StateDir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A cluster that lives until this process is asked to end (Ctrl-C, SIGTERM), then stops cleanly.
 */
final class ForegroundRun {
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean waiting;

  ForegroundRun(AutoCloseable running, Progress progress) {
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(() -> {
                  progress.line("stopping");
                  try {
                    running.close();
                  } catch (Exception e) {
                    System.getLogger(ForegroundRun.class.getName())
                        .log(System.Logger.Level.WARNING, "the end was not clean", e);
                  }
                  ended.countDown();
                  if (waiting) {
                    // Asked to end by a signal, and ended cleanly: no failure.
                    Runtime.getRuntime().halt(Main.OK);
                  }
                }));
  }

  void await() throws InterruptedException {
    waiting = true;
    ended.await();
  }

  /** The background half of {@code --detach}: progress goes to a file, a failure too. */
  static int inBackground(List<String> arguments) {
    ClusterConfig config = ClusterConfig.fromArguments(arguments);
    StateDir stateDir = new StateDir(config.stateDir());
    Logging.toFile(stateDir.logFile());
    Path progressFile = stateDir.progressFile();
    Progress progress = line -> append(progressFile, line);
    try {
      Cluster cluster = Cluster.start(config, progress);
      new ForegroundRun(cluster, Progress.NONE).await();
      return Main.OK;
    } catch (EnvironmentException e) {
      append(progressFile, "error: " + e.getMessage());
    } catch (InterruptedException _) {
      append(progressFile, "error: interrupted");
    } catch (RuntimeException e) {
      System.getLogger(ForegroundRun.class.getName())
          .log(System.Logger.Level.ERROR, "the cluster did not start", e);
      append(progressFile, "error: unexpected " + e + "; see " + stateDir.logFile());
    }
    return Main.FAILED;
  }

  private static void append(Path file, String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      System.getLogger(ForegroundRun.class.getName())
          .log(System.Logger.Level.WARNING, "progress not written", e);
    }
  }
}
