// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod.Container;
import dev.fairway.node.hello.Hello;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a container runs: its own command, or what the built-in image has. */
final class EntryPoint {
  /** The image that needs no command. */
  static final String HELLO = "fairway.dev/hello";

  private EntryPoint() {}

  /**
   * The command with its arguments, references expanded.
   *
   * @throws ContainerConfigException where the image would have to say what to run
   */
  static List<String> of(Container container, Map<String, String> environment)
      throws ContainerConfigException {
    List<String> command = new ArrayList<>();
    if (!container.command().isEmpty()) {
      command.addAll(expanded(container.command(), environment));
    } else if (isHello(container.image())) {
      command.addAll(hello());
    } else {
      throw new ContainerConfigException(
          "ErrImagePull",
          "image \""
              + container.image()
              + "\" cannot run here: pods are processes of this machine and images are not"
              + " unpacked. Set command: [...] to a program of this machine, or use image "
              + HELLO);
    }
    command.addAll(expanded(container.args(), environment));
    return command;
  }

  static boolean isHello(String image) {
    return image.equals(HELLO) || image.startsWith(HELLO + ":") || image.startsWith(HELLO + "@");
  }

  private static List<String> expanded(List<String> words, Map<String, String> environment) {
    return words.stream().map(word -> VariableExpansion.expand(word, environment)).toList();
  }

  private static List<String> hello() {
    List<String> command = new ArrayList<>(helloJvm());
    Path archive = helloArchive();
    if (Files.isReadable(archive)) {
      command.add("-XX:AOTCache=" + archive);
      command.add("-Xlog:aot*=off");
    }
    command.addAll(helloMain());
    return command;
  }

  /** A small JVM that starts quickly. */
  static List<String> helloJvm() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-Xms8m",
        "-Xmx32m",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData");
  }

  /** The class path and the main class. */
  static List<String> helloMain() {
    return List.of("-cp", classPath().toString(), Hello.class.getName());
  }

  /** Where {@link HelloTraining} puts the archived classes of the built-in image. */
  static Path helloArchive() {
    return classPath().resolveSibling("hello.aot");
  }

  private static Path classPath() {
    CodeSource source = Hello.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      throw new IllegalStateException("no code source of " + Hello.class.getName());
    }
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
