// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.node.runtime.ProcessTable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts a cluster in a process of its own and waits until it is ready: the background process
 * writes its progress to a file, which is shown here line by line.
 */
public final class DetachedStart {
  /** How a line of the progress file begins that ends the start. */
  static final String FAILURE = "error: ";

  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration BOUND = Duration.ofMinutes(2);

  private final StateDir stateDir;
  private final Progress progress;

  public DetachedStart(StateDir stateDir, Progress progress) {
    this.stateDir = stateDir;
    this.progress = progress;
  }

  /**
   * Runs this program again in the background.
   *
   * @param arguments what the background process is told
   * @return the status when it is ready
   * @throws EnvironmentException with the reason that the background process gave
   */
  public ClusterStatus start(List<String> arguments)
      throws EnvironmentException, InterruptedException {
    try {
      long running = stateDir.runningPid();
      if (running != 0) {
        throw new EnvironmentException(
            "a cluster already runs in "
                + stateDir.root()
                + " (process "
                + running
                + "); stop it with: fairway down --state-dir "
                + stateDir.root());
      }
      stateDir.createFolders();
      Files.writeString(stateDir.progressFile(), "");
      return await(launch(arguments));
    } catch (IOException e) {
      throw new EnvironmentException(
          "the state directory "
              + stateDir.root()
              + " cannot be written ("
              + FileProblem.text(e)
              + "); choose"
              + " another with --state-dir",
          e);
    }
  }

  private Process launch(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      command.add("/usr/bin/setsid");
    }
    command.addAll(SelfCommand.with(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put(ProcessTable.STATE_DIR, stateDir.root().toString());
    File output = stateDir.outputFile().toFile();
    return builder
        .redirectInput(new File("/dev/null"))
        .redirectOutput(output)
        .redirectErrorStream(true)
        .start();
  }

  private ClusterStatus await(Process process)
      throws IOException, EnvironmentException, InterruptedException {
    int shown = 0;
    long polls = BOUND.dividedBy(POLL);
    for (long i = 0; i < polls; i++) {
      boolean alive = process.isAlive();
      List<String> lines = stateDir.readProgress().lines().toList();
      for (; shown < lines.size(); shown++) {
        String line = lines.get(shown);
        if (line.startsWith(FAILURE)) {
          process.waitFor();
          throw new EnvironmentException(line.substring(FAILURE.length()));
        }
        progress.line(line);
      }
      ClusterStatus status = stateDir.readStatus();
      if (status != null && status.ready() && status.pid() == process.pid()) {
        return status;
      }
      if (!alive) {
        throw new EnvironmentException(
            "the cluster ended while it started (exit code "
                + process.exitValue()
                + "); see "
                + stateDir.outputFile()
                + " and "
                + stateDir.logFile());
      }
      Thread.sleep(POLL);
    }
    process.destroy();
    throw new EnvironmentException(
        "the cluster was not ready within " + BOUND.toSeconds() + " s; see " + stateDir.logFile());
  }
}
