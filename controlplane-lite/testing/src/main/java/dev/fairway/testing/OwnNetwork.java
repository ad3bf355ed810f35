// SPDX-License-Identifier: Apache-2.0
package dev.fairway.testing;

import static org.assertj.core.api.Assertions.assertThat;

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
 * loopback interface. It ends with the process.
 */
public final class OwnNetwork {
  private static final String DONE = "done";
  private static final int BOUND_SECONDS = 240;

  /** What a namespace must be able to have for the test. */
  public enum Need {
    /** Addresses of the loopback interface. */
    ADDRESSES("link", "set", "lo", "up"),
    /** Bridges. */
    BRIDGES("link", "add", "br0", "type", "bridge");

    private final List<String> probe;

    Need(String... probe) {
      this.probe = List.of(probe);
    }
  }

  private OwnNetwork() {}

  /**
   * Runs {@code static void name(PrintStream out, List<String> arguments) throws Exception}, or
   * {@code name(PrintStream out)} where there are no arguments, and says what it printed; skips the
   * test where a process may not have such a namespace.
   *
   * @param addresses of both families, which the loopback interface gets
   */
  public static List<String> run(
      Need need, Class<?> test, String method, Collection<?> addresses, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(unshare(need));
    StringBuilder script = new StringBuilder("set -e; ip link set lo up; ");
    for (Object address : addresses) {
      script.append("ip addr add ").append(address);
      script.append(address.toString().contains(":") ? "/128 dev lo nodad; " : "/32 dev lo; ");
    }
    command.addAll(List.of("sh", "-c", script + "exec \"$@\"", "sh"));
    command.addAll(Jvm.command(OwnNetwork.class, test.getName(), method));
    command.addAll(List.of(arguments));
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
  private static List<String> unshare(Need need) throws IOException, InterruptedException {
    for (List<String> command :
        List.of(List.of("unshare", "--net"), List.of("unshare", "--map-root-user", "--net"))) {
      List<String> probe = new ArrayList<>(command);
      probe.add("ip");
      probe.addAll(need.probe);
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
    return Skip.because(
        "no network namespaces with "
            + need
            + " here (needs root or user namespaces, unshare, ip)");
  }

  /** Runs the method and says that it came to its end, whatever threads it left. */
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> arguments = List.of(args).subList(2, args.length);
    Class<?> test = Class.forName(args[0]);
    Method method =
        arguments.isEmpty()
            ? test.getDeclaredMethod(args[1], PrintStream.class)
            : test.getDeclaredMethod(args[1], PrintStream.class, List.class);
    method.setAccessible(true);
    try {
      method.invoke(null, arguments.isEmpty() ? new Object[] {out} : new Object[] {out, arguments});
    } catch (InvocationTargetException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
    out.println(DONE);
    Runtime.getRuntime().halt(0);
  }
}
