// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

  /** Where fields stand in {@link #stat}. */
  private static final int STATE = 0;

  private static final int GROUP = 2;
  private static final int STARTED = 19;

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
    String[] stat = stat(PROC.resolve(Long.toString(pid)));
    return isAlive(stat) ? Long.parseLong(stat[STARTED]) : 0;
  }

  /**
   * Waits until no process of a group is alive, for so long at most: the kernel ends a killed one
   * when it next runs.
   */
  static void awaitGroupEnd(long group, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (hasMembers(Long.toString(group)) && System.nanoTime() - deadline < 0) {
      Thread.sleep(1);
    }
  }

  private static boolean hasMembers(String group) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        String[] stat = stat(process);
        if (isAlive(stat) && stat[GROUP].equals(group)) {
          return true;
        }
      }
      return false;
    } catch (IOException _) {
      return false; // no /proc: nothing is known of groups
    }
  }

  /** A zombie is not alive: who has to collect it may never do so. */
  private static boolean isAlive(String[] stat) {
    return stat.length > STARTED && !stat[STATE].equals("Z") && !stat[STATE].equals("X");
  }

  /** The fields of a process's stat after its name, which may have blanks; none if it is gone. */
  private static String[] stat(Path process) {
    try {
      String line = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      return line.substring(line.lastIndexOf(')') + 2).split(" ");
    } catch (IOException | RuntimeException _) {
      return new String[0];
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
