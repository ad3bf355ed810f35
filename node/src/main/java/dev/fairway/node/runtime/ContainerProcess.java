// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run of a container: a process, everything it started in its group, and the log that takes
 * their output. When the process ends, the rest of its group is killed, as the end of a container
 * ends everything in it. Thread-safe.
 */
final class ContainerProcess {
  private static final Logger LOG = System.getLogger(ContainerProcess.class.getName());

  /** How long the end of a container waits for what was killed with it. */
  private static final Duration GROUP_END = Duration.ofSeconds(2);

  /**
   * What to run.
   *
   * @param pidFile where the process's number and start time are kept, for whoever comes after a
   *     crash
   */
  record Launch(
      List<String> command,
      Map<String, String> environment,
      @Nullable Path directory,
      Path pidFile) {
    Launch {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
    }
  }

  /** How it ended; 128 + n for signal n. */
  record Exit(int code, Instant startedAt, Instant finishedAt) {}

  private final Process process;
  private final ContainerLog log;
  private final boolean hasGroup;
  private final Instant startedAt;
  private volatile @Nullable Exit exit;

  private ContainerProcess(Process process, ContainerLog log, boolean hasGroup, Instant startedAt) {
    this.process = process;
    this.log = log;
    this.hasGroup = hasGroup;
    this.startedAt = startedAt;
  }

  /**
   * Starts a container.
   *
   * @param onExit called once, on a thread of the process's own, after the last line is in the log
   */
  static ContainerProcess start(
      ProcessLauncher launcher,
      Launch launch,
      ContainerLog log,
      InstantSource clock,
      Consumer<ContainerProcess> onExit)
      throws IOException, InterruptedException {
    Process process = launcher.start(launch.command(), launch.environment(), launch.directory());
    ContainerProcess container =
        new ContainerProcess(process, log, launcher.hasGroups(), clock.instant());
    Files.createDirectories(launch.pidFile().toAbsolutePath().getParent());
    Files.writeString(
        launch.pidFile(), process.pid() + " " + ProcessTable.startTime(process.pid()) + "\n");
    Thread output =
        Thread.ofPlatform().daemon().name("output-" + process.pid()).start(container::copyOutput);
    Thread.ofVirtual()
        .name("exit-" + process.pid())
        .start(() -> container.awaitEnd(output, launch.pidFile(), clock, onExit));
    return container;
  }

  private void copyOutput() {
    try {
      log.pump(process.getInputStream());
    } catch (IOException e) {
      LOG.log(Level.WARNING, "container output lost file=" + log.file(), e);
    }
  }

  private void awaitEnd(
      Thread output, Path pidFile, InstantSource clock, Consumer<ContainerProcess> onExit) {
    try {
      int code = process.waitFor();
      if (hasGroup) {
        ProcessTable.signal("KILL", List.of(-process.pid()));
        ProcessTable.awaitGroupEnd(process.pid(), GROUP_END); // one in the kernel may take longer
      }
      output.join(2000); // a grandchild that left the group may hold the pipe
      log.close();
      Files.deleteIfExists(pidFile);
      exit = new Exit(code, startedAt, clock.instant());
    } catch (IOException e) {
      LOG.log(Level.WARNING, "end of a container was not clean file=" + log.file(), e);
      exit = new Exit(process.exitValue(), startedAt, clock.instant());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    onExit.accept(this);
  }

  long pid() {
    return process.pid();
  }

  ContainerLog log() {
    return log;
  }

  Instant startedAt() {
    return startedAt;
  }

  /** How the container ended, or null while it runs. */
  @Nullable Exit exit() {
    return exit;
  }

  /** Asks the whole group to end. */
  void terminate() throws IOException, InterruptedException {
    signal("TERM");
  }

  /** Ends the whole group. */
  void kill() throws IOException, InterruptedException {
    signal("KILL");
  }

  /** Waits for the process alone; false after the time. */
  boolean awaitExit(long millis) throws InterruptedException {
    return process.waitFor(millis, TimeUnit.MILLISECONDS);
  }

  private void signal(String name) throws IOException, InterruptedException {
    if (!process.isAlive()) {
      return;
    }
    if (hasGroup) {
      ProcessTable.signal(name, List.of(-process.pid()));
      return;
    }
    ProcessTable.signal(
        name,
        Stream.concat(process.descendants(), Stream.of(process.toHandle()))
            .map(ProcessHandle::pid)
            .toList());
  }
}
