// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Jvm;
import dev.fairway.testing.Skip;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs checks in a process with a cgroup, a network namespace and a BPF file system of its own, so
 * that programs meet no other socket of the machine. The network has a loopback interface with some
 * addresses and nothing else. All of it ends with the process.
 */
final class Sandbox {
  private static final int BOUND_SECONDS = 120;
  private static final String END = "end of checks";

  /** Something to be checked in the process; a failure is an exception. */
  interface Check {
    void run(Path cgroup, Path pins) throws Exception;
  }

  /** Has checks by name. */
  interface Suite {
    /** Addresses of the loopback interface. */
    List<String> addresses();

    /** Ranges whose packets stay here, maybe with the source that those have. */
    default List<String> localRanges() {
      return List.of();
    }

    Map<String, Check> checks() throws Exception;
  }

  private Sandbox() {}

  /** The failure of each check, "" for none; skips the test where this cannot be run. */
  static Map<String, String> run(Class<? extends Suite> suite)
      throws IOException, InterruptedException, ReflectiveOperationException {
    Path cgroup = newCgroup();
    Path pins = Files.createTempDirectory("fairway-bpffs");
    Path errors = Files.createTempFile("sandbox", ".log");
    try {
      Process process =
          new ProcessBuilder(command(suite, cgroup, pins)).redirectError(errors.toFile()).start();
      Map<String, String> failures = new LinkedHashMap<>();
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        out.lines()
            .forEach(line -> {
              String[] report = line.split("\t", 2);
              failures.put(report[0], report[1].replace("\\n", "\n"));
            });
      }
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      assertThat(failures).describedAs(Files.readString(errors)).containsKey(END);
      failures.remove(END);
      return failures;
    } finally {
      Files.deleteIfExists(cgroup.resolve("inside"));
      Files.delete(cgroup);
      Files.delete(pins);
      Files.delete(errors);
    }
  }

  private static Path newCgroup() {
    String reason = BpfSupport.probe().reason();
    Optional<Path> root = CgroupTree.root();
    if (!reason.isEmpty() || root.isEmpty() || !Files.isExecutable(Path.of("/usr/bin/unshare"))) {
      Skip.because(reason.isEmpty() ? "unshare is not installed" : reason);
    }
    Path cgroup = root.orElseThrow().resolve("fairway-test-" + ProcessHandle.current().pid());
    try {
      return Files.createDirectory(cgroup);
    } catch (IOException e) {
      return Skip.because("cannot make a cgroup: " + e);
    }
  }

  private static List<String> command(Class<? extends Suite> suite, Path cgroup, Path pins)
      throws ReflectiveOperationException {
    StringBuilder script = new StringBuilder("set -e; echo $$ > " + cgroup + "/cgroup.procs; ");
    script.append("mount -t bpf bpf ").append(pins).append("; ip link set lo up; ");
    Suite instance = suite.getDeclaredConstructor().newInstance();
    for (String address : instance.addresses()) {
      script.append("ip addr add ").append(address).append(" dev lo");
      script.append(address.indexOf(':') < 0 ? "; " : " nodad; ");
    }
    for (String range : instance.localRanges()) {
      script.append("ip route add local ").append(range).append(" dev lo; ");
    }
    script.append("exec \"$@\"");
    List<String> command =
        new ArrayList<>(
            List.of("unshare", "--net", "--mount", "sh", "-c", script.toString(), "sh"));
    command.addAll(Jvm.command(Sandbox.class));
    command.addAll(List.of(suite.getName(), cgroup.toString(), pins.toString()));
    return command;
  }

  /** In the process: runs the checks one after the other. */
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Suite suite = (Suite) Class.forName(args[0]).getDeclaredConstructor().newInstance();
    for (Map.Entry<String, Check> check : suite.checks().entrySet()) {
      StringWriter failure = new StringWriter();
      try {
        check.getValue().run(Path.of(args[1]), Path.of(args[2]));
      } catch (Exception | AssertionError e) {
        e.printStackTrace(new PrintWriter(failure));
      }
      out.println(check.getKey() + "\t" + failure.toString().strip().replace("\n", "\\n"));
    }
    out.println(END + "\t");
    System.exit(0);
  }
}
