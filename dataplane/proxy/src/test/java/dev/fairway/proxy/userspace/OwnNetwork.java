// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.fairway.service.IpAddress;
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
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a static method of a test in a process with a network namespace of its own, which has only a
 * loopback interface and there all addresses the test wants, of both families. It ends with the
 * process.
 */
final class OwnNetwork {
  private static final String DONE = "done";
  private static final int BOUND_SECONDS = 120;

  private OwnNetwork() {}

  /**
   * Runs {@code static void name(PrintStream out) throws Exception} and says what it printed; skips
   * the test where a process may not have such a namespace.
   */
  static List<String> run(Class<?> test, String method, Collection<IpAddress> addresses)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(unshare());
    StringBuilder script = new StringBuilder("set -e; ip link set lo up; ");
    for (IpAddress address : addresses) {
      script.append("ip addr add ").append(address);
      script.append(address.isV4() ? "/32 dev lo; " : "/128 dev lo nodad; ");
    }
    command.addAll(List.of("sh", "-c", script + "exec \"$@\"", "sh"));
    command.addAll(Jvm.command(OwnNetwork.class, test.getName(), method));
    Path errors = Files.createTempFile("own-network", ".log");
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

  /** The command that makes the namespace: as root, else as root of a namespace of users. */
  private static List<String> unshare() throws IOException, InterruptedException {
    for (List<String> command :
        List.of(List.of("unshare", "--net"), List.of("unshare", "--map-root-user", "--net"))) {
      List<String> probe = new ArrayList<>(command);
      probe.addAll(List.of("ip", "link", "set", "lo", "up"));
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
    String reason =
        "skipped: no network namespaces here (needs root or user namespaces, unshare, ip)";
    System.out.println(reason);
    return abort(reason);
  }

  /** Runs the method and says that it came to its end. */
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Method method = Class.forName(args[0]).getDeclaredMethod(args[1], PrintStream.class);
    method.setAccessible(true);
    try {
      method.invoke(null, out);
    } catch (InvocationTargetException e) {
      e.printStackTrace();
      System.exit(1);
    }
    out.println(DONE);
    System.exit(0);
  }
}
