// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The scripts of one real cluster, and commands beside them.
 *
 * @param folder with {@code up.sh}, {@code inside.sh} and {@code down.sh}
 * @param netns what the names of its network namespaces start with
 * @param work where its files are
 */
record Scripts(Path folder, String netns, Path work) {
  private static final int BOUND_SECONDS = 240;

  /** The folder that {@code FAIRWAY_REALK8S} names; skips the test where it cannot be used. */
  static Path ofEnvironment() {
    Skip.unlessRoot();
    String folder = Objects.requireNonNullElse(System.getenv("FAIRWAY_REALK8S"), "");
    Skip.unless(
        !folder.isEmpty() && Files.isExecutable(Path.of(folder, "up.sh")),
        "needs FAIRWAY_REALK8S, the folder with up.sh of a real cluster");
    return Path.of(folder);
  }

  /** The path of a script. */
  String path(String script) {
    return folder.resolve(script).toString();
  }

  /** The output of a command; fails if it takes too long or goes wrong. */
  String run(String... command) {
    try {
      Process process = builder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean ended = process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS);
      assertThat(ended).as("%s ends: %s", List.of(command), output).isTrue();
      assertThat(process.exitValue()).as("%s: %s", List.of(command), output).isZero();
      return output;
    } catch (IOException e) {
      throw new AssertionError(command[0] + " cannot be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The output of a command line on the node. */
  String inside(String line) {
    return run(path("inside.sh"), "bash", "-c", line);
  }

  /** The output of kubectl on the node. */
  String kubectl(String line) {
    return inside("kubectl " + line);
  }

  /** Applies one of the manifests beside these tests. */
  void apply(String name) throws IOException {
    Path manifest = work.resolveSibling(name + ".yaml");
    try (InputStream in = Scripts.class.getResourceAsStream("/realk8s/" + name + ".yaml")) {
      Files.copy(Objects.requireNonNull(in), manifest);
    }
    kubectl("apply -f " + manifest);
  }

  /**
   * A Java process on the node, of the classes of this test; it ends with its input.
   *
   * @param first what the line begins with, up to {@code exec}
   */
  ProcessBuilder java(String first, String main, String arguments) {
    String line =
        first
            + Daemon.java()
            + " -XX:+UseSerialGC -Xmx256m --enable-native-access=ALL-UNNAMED"
            + " --sun-misc-unsafe-memory-access=allow -cp '"
            + System.getProperty("java.class.path")
            + "' "
            + main
            + " "
            + arguments;
    return builder(path("inside.sh"), "bash", "-c", line);
  }

  /** A command that the scripts know their cluster in. */
  ProcessBuilder builder(String... command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("NETNS", netns);
    builder.environment().put("WORK", work.toString());
    return builder;
  }
}
