// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes: groups, signals, exit codes, output. */
@Timeout(30)
final class ContainerProcessIT {
  @TempDir Path folder;
  private final ProcessLauncher launcher = new ProcessLauncher();
  private final CompletableFuture<ContainerProcess> ended = new CompletableFuture<>();

  @AfterEach
  void close() throws Exception {
    ProcessTable.killAll(mark());
    launcher.close();
  }

  @Test
  void exitCodeAndOutputOfBothStreams() throws Exception {
    start("echo one; echo two >&2; printf three; exit 7");
    assertThat(exit().code()).isEqualTo(7);
    assertThat(log(LogReader.Options.ALL)).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void signalIsTheExitCode128AndItsNumber() throws Exception {
    ContainerProcess process = start("exec sleep 100");
    process.kill();
    assertThat(exit().code()).isEqualTo(137);
  }

  @Test
  void sigtermReachesTheWholeGroup() throws Exception {
    ContainerProcess process = start("sleep 100 & sleep 100 & echo up; wait");
    awaitLine(process);
    process.terminate();
    assertThat(exit().code()).isEqualTo(143);
    assertThat(ProcessTable.withEnvironment(mark())).isEmpty();
  }

  @Test
  void grandchildrenEndWithTheContainer() throws Exception {
    start("sh -c 'sleep 100 & sleep 100' & sleep 100 & echo up");
    assertThat(exit().code()).isZero();
    assertThat(ProcessTable.withEnvironment(mark())).isEmpty();
  }

  @Test
  void aProcessThatIgnoresSigtermIsThereUntilSigkill() throws Exception {
    ContainerProcess process = start("trap '' TERM; echo up; while :; do sleep 0.05; done");
    awaitLine(process);
    process.terminate();
    assertThat(process.awaitExit(200)).isFalse();
    process.kill();
    assertThat(exit().code()).isEqualTo(137);
  }

  @Test
  void pidFileNamesTheProcessWhileItRuns() throws Exception {
    ContainerProcess process = start("exec sleep 100");
    String[] file = Files.readString(folder.resolve("pid")).strip().split(" ");
    assertThat(Long.parseLong(file[0])).isEqualTo(process.pid());
    assertThat(Long.parseLong(file[1]))
        .isEqualTo(ProcessTable.startTime(process.pid()))
        .isPositive();
    process.kill();
    exit();
    assertThat(folder.resolve("pid")).doesNotExist();
  }

  @Test
  void leftoversAreFoundByTheirEnvironment() throws Exception {
    ContainerProcess process = start("setsid sleep 100 & echo up; wait");
    awaitLine(process);
    assertThat(ProcessTable.killAll(mark())).isPositive();
    assertThat(exit().code()).isEqualTo(137);
    assertThat(ProcessTable.startTime(process.pid())).isZero();
  }

  @Test
  void followingEndsWithTheContainer() throws Exception {
    ContainerProcess process = start("echo one; sleep 0.2; echo two");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LogReader.Options follow = new LogReader.Options(-1, null, false, -1, true);
    new LogReader(follow, out).copy(process.log().file(), process.log());
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
  }

  private ContainerProcess start(String script) throws IOException, InterruptedException {
    ContainerLog log = new ContainerLog(folder.resolve("0.log"), 1 << 20, InstantSource.system());
    String path = System.getenv("PATH");
    return ContainerProcess.start(
        launcher,
        new ContainerProcess.Launch(
            List.of("/bin/sh", "-c", script),
            Map.of(
                "PATH",
                path == null ? "/usr/bin:/bin" : path,
                ProcessTable.STATE_DIR,
                folder.toString()),
            folder,
            folder.resolve("pid")),
        log,
        InstantSource.system(),
        ended::complete);
  }

  private String mark() {
    return ProcessTable.STATE_DIR + "=" + folder;
  }

  private static void awaitLine(ContainerProcess process) throws InterruptedException {
    assertThat(process.log().revision() > 0 || process.log().awaitBeyond(0)).isTrue();
  }

  private ContainerProcess.Exit exit() throws Exception {
    ContainerProcess.Exit exit = ended.get(20, TimeUnit.SECONDS).exit();
    assertThat(exit).isNotNull();
    return java.util.Objects.requireNonNull(exit);
  }

  private String log(LogReader.Options options) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new LogReader(options, out).copy(folder.resolve("0.log"), null);
    return out.toString(StandardCharsets.UTF_8);
  }
}
