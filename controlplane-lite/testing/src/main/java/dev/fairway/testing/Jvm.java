// SPDX-License-Identifier: Apache-2.0
package dev.fairway.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process of this JVM's kind, with this class path. */
public final class Jvm {
  private Jvm() {}

  /** The command that runs a main method; small and quick to start. */
  public static List<String> command(Class<?> main, String... arguments) {
    return command(main.getName(), arguments);
  }

  /** The same for a class that is known by its name. */
  public static List<String> command(String main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(List.of(arguments));
    return command;
  }
}
