// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs DNS clients of this machine. */
public final class Programs {
  private Programs() {}

  /** What a program prints, errors too; the test is skipped where there is no such program. */
  public static String run(List<String> command) throws Exception {
    String program = command.getFirst();
    boolean there = isOnPath(program);
    if (!there) {
      System.out.println("skipped: " + program + " is not on the PATH");
    }
    assumeTrue(there, program + " is not on the PATH");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).describedAs(output).isTrue();
    return output;
  }

  private static boolean isOnPath(String program) {
    for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
      if (Path.of(folder, program).toFile().canExecute()) {
        return true;
      }
    }
    return false;
  }
}
