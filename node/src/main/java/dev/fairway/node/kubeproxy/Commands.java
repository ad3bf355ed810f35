// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs of the machine, run as argument lists: no shell reads them. */
public interface Commands {
  /**
   * Runs a program to its end.
   *
   * @param input what it reads
   */
  Result run(List<String> command, String input) throws InterruptedException;

  /**
   * How it ended.
   *
   * @param code its exit code; -1 if there is no such program
   * @param output what it wrote, errors too
   */
  record Result(int code, String output) {
    /** Whether it ended well. */
    public boolean isDone() {
      return code == 0;
    }

    /** Whether there is no such program. */
    public boolean isAbsent() {
      return code == -1;
    }
  }

  /** Programs found on the PATH. */
  static Commands ofMachine() {
    return (command, input) -> {
      Process process;
      try {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
      } catch (IOException absent) {
        return new Result(-1, String.valueOf(absent.getMessage()));
      }
      // What is read and what is written may both be larger than a pipe.
      Thread writer = Thread.ofVirtual().name("command-input").start(() -> write(process, input));
      try (var output = process.getInputStream()) {
        String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        writer.join();
        return new Result(code, text);
      } catch (IOException e) {
        process.destroyForcibly();
        return new Result(255, String.valueOf(e.getMessage()));
      }
    };
  }

  private static void write(Process process, String input) {
    try (OutputStream stream = process.getOutputStream()) {
      stream.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // It ended before it had read everything; its exit code says why.
    }
  }
}
