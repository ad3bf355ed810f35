// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.Cluster;
import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;

/**
 * A cluster that lives until this process is asked to end (Ctrl-C, SIGTERM), then stops cleanly.
 */
final class ForegroundRun {
  private final CountDownLatch ended = new CountDownLatch(1);

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
                }));
  }

  void await() throws InterruptedException {
    ended.await();
  }

  /** The background half of {@code --detach}: progress goes to a file, a failure too. */
  static void inBackground(ClusterConfig config, Path progressFile)
      throws EnvironmentException, InterruptedException {
    Progress progress = line -> append(progressFile, line);
    try {
      Cluster cluster = Cluster.start(config, progress);
      new ForegroundRun(cluster, Progress.NONE).await();
    } catch (EnvironmentException e) {
      append(progressFile, "error: " + e.getMessage());
      throw e;
    } catch (RuntimeException e) {
      append(progressFile, "error: unexpected " + e);
      throw e;
    }
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
