// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The machine's processes as /proc shows them: who carries our environment marks, who leads which
 * group, and when a process started, so that a number that was given to somebody else meanwhile is
 * never signalled. Stateless.
 */
public final class ProcessTable {
  /** Environment of every process that belongs to a cluster: its absolute state directory. */
  public static final String STATE_DIR = "FAIRWAY_STATE_DIR";

  /** Environment of every process of a pod: the pod's uid. */
  public static final String POD_UID = "FAIRWAY_POD_UID";

  /** Environment of every process of a pod: the node that runs it. */
  public static final String NODE = "FAIRWAY_NODE";

  private static final Path PROC = Path.of("/proc");

  private ProcessTable() {}

  /** The pids whose environment has all of the given {@code NAME=value} entries. */
  public static List<Long> withEnvironment(String... entries) {
    List<Long> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (hasEnvironment(process, entries)) {
          found.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    } catch (IOException _) {
      // No /proc (not Linux): pid files remain.
      return found;
    }
    return found;
  }

  private static boolean hasEnvironment(Path process, String[] entries) {
    String environment;
    try {
      environment =
          "\0" + Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1) + "\0";
    } catch (IOException _) {
      return false; // ended meanwhile, or somebody else's
    }
    for (String entry : entries) {
      String bytes =
          new String(entry.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      if (!environment.contains("\0" + bytes + "\0")) {
        return false;
      }
    }
    return true;
  }

  /** When a process started, in the kernel's clock ticks since boot; 0 if there is none such. */
  public static long startTime(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return afterName[0].equals("Z") ? 0 : Long.parseLong(afterName[19]);
    } catch (IOException | RuntimeException _) {
      return 0;
    }
  }

  /**
   * Sends a signal to processes or (negative) groups. Ones that ended meanwhile are no error.
   *
   * @param signal a name without SIG, such as TERM
   */
  static void signal(String signal, List<Long> targets) throws IOException, InterruptedException {
    if (targets.isEmpty()) {
      return;
    }
    StringBuilder script = new StringBuilder();
    for (long target : targets) {
      script.append("kill -s ").append(signal).append(" -- ").append(target).append('\n');
    }
    Process kill =
        new ProcessBuilder("/bin/sh", "-c", script.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    kill.waitFor();
  }

  /**
   * Kills (SIGKILL) every process with the given environment except this one, until none is left.
   */
  public static int killAll(String... entries) throws IOException, InterruptedException {
    return killAll(_ -> true, entries);
  }

  /** The same for those that a filter accepts. */
  public static int killAll(Predicate<Long> which, String... entries)
      throws IOException, InterruptedException {
    int killed = 0;
    Set<Long> spared = selfAndAncestors();
    for (int round = 0; round < 20; round++) {
      List<Long> alive = withEnvironment(entries);
      alive.removeIf(pid -> spared.contains(pid) || !which.test(pid) || startTime(pid) == 0);
      if (alive.isEmpty()) {
        return killed;
      }
      killed += round == 0 ? alive.size() : 0;
      signal("KILL", alive);
    }
    return killed;
  }

  private static Set<Long> selfAndAncestors() {
    Set<Long> pids = new HashSet<>();
    Optional<ProcessHandle> process = Optional.of(ProcessHandle.current());
    while (process.isPresent()) {
      pids.add(process.get().pid());
      process = process.get().parent();
    }
    return pids;
  }
}
