// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A cluster started by the packaged command in processes of its own, with free ports, below a
 * temporary state directory; {@link #close()} runs {@code down} and checks that nothing is left.
 */
final class TestCluster implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();

  private final Path stateDir;
  private final List<String> flags;

  private TestCluster(Path stateDir, List<String> flags) {
    this.stateDir = stateDir;
    this.flags = flags;
  }

  /** Starts a cluster with free ports; {@code flags} are added to {@code up --detach}. */
  static TestCluster up(Path stateDir, String... flags) {
    TestCluster cluster = new TestCluster(stateDir, List.of(flags));
    cluster.start();
    return cluster;
  }

  void start() {
    List<String> args =
        new ArrayList<>(
            List.of(
                "up",
                "--detach",
                "--state-dir",
                stateDir.toString(),
                "--api-port",
                "0",
                "--dns-port",
                "0",
                "--http-port",
                "0",
                "--https-port",
                "0"));
    args.addAll(flags);
    Output output = fairway(args.toArray(String[]::new));
    assertThat(output.exitCode()).as(output.text()).isZero();
  }

  Path stateDir() {
    return stateDir;
  }

  JsonNode status() {
    try {
      return JSON.readTree(Files.readString(stateDir.resolve("status.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int httpPort() {
    return status().at("/ingress/http/port").asInt();
  }

  int dnsPort() {
    return status().at("/dns/port").asInt();
  }

  /** Runs the packaged command to its end. */
  static Output fairway(String... args) {
    List<String> command = new ArrayList<>(javaCommand());
    command.addAll(Arrays.asList(args));
    return run(command, Duration.ofSeconds(120), null);
  }

  /** The command line of the packaged program, to which arguments are added. */
  static List<String> javaCommand() {
    Path target = home().resolve("node/target");
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+UseSerialGC",
        "-cp",
        jar(target) + ":" + target.resolve("lib") + "/*",
        "dev.fairway.node.Main");
  }

  private static Path jar(Path target) {
    try (var files = Files.list(target)) {
      return files
          .filter(f -> f.getFileName().toString().matches("fairway-node-.*\\.jar"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no packaged jar in " + target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The project's root folder. */
  static Path home() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("fairway"))) {
      folder = java.util.Objects.requireNonNull(folder.getParent(), "no project root above");
    }
    return folder;
  }

  /** Skips the test, with the reason in print, where there is no {@code kubectl}. */
  static void requireKubectl() {
    Skip.unlessOnPath("kubectl");
  }

  /** Runs kubectl and fails the test unless it exits with 0; answers its standard output. */
  String kubectl(String... args) {
    Output output = kubectlRaw(args);
    assertThat(output.exitCode())
        .as("kubectl %s%n%s", String.join(" ", args), output.text())
        .isZero();
    return output.text();
  }

  /** Runs kubectl to its end, whatever it answers. */
  Output kubectlRaw(String... args) {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    command.addAll(Arrays.asList(args));
    return run(command, Duration.ofSeconds(120), stateDir.resolve("kubeconfig"));
  }

  /** Asks again until the answer is as wanted; fails with the last answer. */
  String eventually(Supplier<String> question, java.util.function.Predicate<String> wanted) {
    return eventually(PATIENCE, question, wanted);
  }

  String eventually(
      Duration patience, Supplier<String> question, java.util.function.Predicate<String> wanted) {
    long deadline = System.nanoTime() + patience.toNanos();
    String last = "";
    while (System.nanoTime() < deadline) {
      last = question.get();
      if (wanted.test(last)) {
        return last;
      }
      java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
    throw new AssertionError("not within " + patience + ", last answer:\n" + last + "\n" + log());
  }

  /** One GET with a connection of its own; the body, or the failure as text. */
  static String get(String host, int port, String path, String hostHeader) {
    return Load.once(host, port, path, hostHeader).toString();
  }

  private String log() {
    Path log = stateDir.resolve("log/cluster.log");
    try {
      List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return "no log: " + e;
    }
  }

  @Override
  public void close() {
    Output output = fairway("down", "--state-dir", stateDir.toString());
    assertThat(output.exitCode()).as(output.text()).isZero();
    assertThat(leftovers()).as("processes after down").isEmpty();
  }

  /** Command lines of live processes that belong to this cluster. */
  List<String> leftovers() {
    String marker = "FAIRWAY_STATE_DIR=" + stateDir.toAbsolutePath();
    List<String> found = new ArrayList<>();
    ProcessHandle.allProcesses()
        .filter(p -> p.pid() != ProcessHandle.current().pid())
        .forEach(p -> {
          try {
            String environment = Files.readString(Path.of("/proc/" + p.pid() + "/environ"));
            String commandLine =
                Files.readString(Path.of("/proc/" + p.pid() + "/cmdline")).replace('\0', ' ');
            if (environment.contains(marker) || commandLine.contains(stateDir.toString())) {
              found.add(p.pid() + " " + commandLine);
            }
          } catch (IOException gone) {
            // The process ended while it was looked at, or is not ours to look at.
            return;
          }
        });
    return found;
  }

  /** What a command printed (both streams) and how it ended. */
  record Output(int exitCode, String text) {}

  static Output run(List<String> command, Duration limit, @Nullable Path kubeconfig) {
    try {
      Path file = Files.createTempFile("output", ".txt");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(file.toFile());
        builder.environment().put("FAIRWAY_HOME", home().toString());
        if (kubeconfig != null) {
          builder.environment().put("KUBECONFIG", kubeconfig.toString());
        }
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError(command + " took over " + limit + "\n" + Files.readString(file));
        }
        return new Output(process.exitValue(), Files.readString(file));
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
