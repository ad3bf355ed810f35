// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this program was started, to start it again with other arguments. */
public final class SelfCommand {
  private static final String MAIN = "dev.fairway.node.Main";

  private SelfCommand() {}

  /** The JVM with its options and the main class, then the given arguments. */
  static List<String> with(List<String> arguments) {
    return with(List.of(), arguments);
  }

  /** The same with options of the JVM before its own. */
  public static List<String> with(List<String> jvmOptions, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(jvmArguments());
    command.add(MAIN);
    command.addAll(arguments);
    return command;
  }

  private static List<String> jvmArguments() {
    try {
      String line = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
      List<String> words = List.of(line.split("\0"));
      int main = words.indexOf(MAIN);
      if (main > 0) {
        return words.subList(1, main);
      }
    } catch (IOException _) {
      // Not Linux: ask the JVM.
    }
    List<String> arguments =
        new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments());
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
    return arguments;
  }
}
