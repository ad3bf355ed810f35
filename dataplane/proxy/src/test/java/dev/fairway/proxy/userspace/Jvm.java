// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process of this JVM's kind, with this class path. */
final class Jvm {
  private Jvm() {}

  /** The command that runs a main method; small and quick to start. */
  static List<String> command(Class<?> main, String... arguments) {
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
                main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }
}
