// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Which processes are in pods, without asking each of them each time: on a busy node that would be
 * most of what an idle daemon does. A process is asked again at the look after the first, as one
 * that starts is moved into its pod a moment later, and then now and then, as numbers of processes
 * are used again. Confined to one thread.
 */
final class PodProcesses {
  /** Looks from one question to the next. */
  static final int PATIENCE = 10;

  private final Predicate<Path> ask;

  private Map<Path, Answer> before = new HashMap<>();
  private Map<Path, Answer> now = new HashMap<>();

  /**
   * Nothing is known yet.
   *
   * @param ask whether a process, by its directory, is in a pod
   */
  PodProcesses(Predicate<Path> ask) {
    this.ask = ask;
  }

  /** A look begins; processes that the one before did not meet are forgotten. */
  void begin() {
    before = now;
    now = HashMap.newHashMap(before.size());
  }

  /** Whether a process is in a pod, as far as is known. */
  boolean isInPod(Path process) {
    Answer known = before.get(process);
    Answer answer;
    if (known == null) {
      answer = new Answer(ask.test(process), 0);
    } else if (known.looks > 0) {
      answer = new Answer(known.inPod, known.looks - 1);
    } else {
      // Not all of them at once.
      int spread = Math.floorMod(process.hashCode(), PATIENCE / 2);
      answer = new Answer(ask.test(process), PATIENCE - 1 - spread);
    }
    now.put(process, answer);
    return answer.inPod;
  }

  /**
   * What is known of a process.
   *
   * @param looks how many of them it is good for
   */
  private record Answer(boolean inPod, int looks) {}
}
