// SPDX-License-Identifier: Apache-2.0
package dev.fairway.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Leaves a test out, and says why where whoever runs it reads it. */
public final class Skip {
  private Skip() {}

  /** Ends the test as one that is left out. */
  public static <T> T because(String reason) {
    String text = "skipped: " + reason;
    System.out.println(text);
    return abort(text);
  }

  /** Goes on only where the test is possible. */
  public static void unless(boolean possible, String reason) {
    if (!possible) {
      because(reason);
    }
  }

  /** Goes on only where a command is on the PATH. */
  public static void unlessOnPath(String command) {
    boolean there =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    unless(there, command + " is not on the PATH");
  }

  /** Goes on only as root. */
  public static void unlessRoot() {
    unless(System.getProperty("user.name").equals("root"), "needs root");
  }
}
