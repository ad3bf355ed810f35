// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a static method of a test in a process with a network namespace of its own, which ends with
 * it.
 */
final class TestNetwork {
  private static final String DONE = "done";
  private static final int BOUND_SECONDS = 240;

  private TestNetwork() {}

  /**
   * Runs {@code static void name(PrintStream, List<String>) throws Exception} and says what it
   * printed; skips the test where a process may not have such a namespace.
   */
  static List<String> run(Class<?> test, String method, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(unshare());
    command.addAll(List.of("sh", "-c", "set -e; ip link set lo up; exec \"$@\"", "sh"));
    command.addAll(jvm(TestNetwork.class.getName(), test.getName(), method));
    command.addAll(arguments);
    Path errors = Files.createTempFile("test-network", ".log");
    try {
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      List<String> lines = new ArrayList<>();
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        out.lines().forEach(lines::add);
      }
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      assertThat(lines).describedAs(Files.readString(errors)).endsWith(DONE);
      lines.removeLast();
      return lines;
    } finally {
      Files.delete(errors);
    }
  }

  /** A command line for a main class on this class path. */
  static List<String> jvm(String main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(List.of(arguments));
    return command;
  }

  /** The command that makes the namespace: as root, else as root of a namespace of users. */
  private static List<String> unshare() throws IOException, InterruptedException {
    for (List<String> command :
        List.of(List.of("unshare", "--net"), List.of("unshare", "--map-root-user", "--net"))) {
      List<String> probe = new ArrayList<>(command);
      probe.addAll(List.of("ip", "link", "add", "br0", "type", "bridge"));
      try {
        Process process =
            new ProcessBuilder(probe)
                .redirectError(Redirect.DISCARD)
                .redirectOutput(Redirect.DISCARD)
                .start();
        if (process.waitFor() == 0) {
          return command;
        }
      } catch (IOException _) {
        break;
      }
    }
    String reason = "skipped: no network namespaces with bridges here (root, unshare, ip)";
    System.out.println(reason);
    return abort(reason);
  }

  /** Runs the method and says that it came to its end. */
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Method method =
        Class.forName(args[0]).getDeclaredMethod(args[1], PrintStream.class, List.class);
    method.setAccessible(true);
    try {
      method.invoke(null, out, List.of(args).subList(2, args.length));
    } catch (InvocationTargetException e) {
      e.printStackTrace();
      System.exit(1);
    }
    out.println(DONE);
    System.exit(0);
  }
}
