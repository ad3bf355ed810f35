// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.testing.Skip;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Clients and servers of other projects, in scripts that a Python interpreter runs. */
final class Python implements AutoCloseable {
  private static final Path ENVIRONMENT = Path.of("target", "python");
  private static final Path SCRIPTS = ENVIRONMENT.resolve("scripts");
  private static final List<String> PACKAGES =
      List.of("aioquic==1.7.2", "grpcio==1.85.1", "h2==4.4.1", "websockets==17.4");
  private static final List<String> OWN =
      List.of(
          "http3_client.py",
          "http3_edge.py",
          "http3_names.py",
          "grpc_peers.py",
          "websocket_peers.py");
  private static final String PRESENT =
      "import aioquic, grpc, h2, websockets.asyncio.server; print('present')";

  private static @Nullable String interpreter;
  private static boolean sought;

  private final Process process;
  private final BufferedReader output;
  private final Writer input;
  private final Thread limit;

  private Python(Process process, int seconds) {
    this.process = process;
    output = process.inputReader(StandardCharsets.UTF_8);
    input = process.outputWriter(StandardCharsets.UTF_8);
    limit =
        Thread.startVirtualThread(() -> {
          try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
              process.destroyForcibly();
            }
          } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Starts one of our scripts, for 60 s at most; the test is skipped where that is impossible. */
  static Python script(String name, Object... arguments) throws IOException {
    String python = interpreter();
    Files.createDirectories(SCRIPTS);
    for (String script : OWN) {
      try (InputStream resource = Python.class.getResourceAsStream("/python/" + script)) {
        Files.copy(
            Objects.requireNonNull(resource),
            SCRIPTS.resolve(script),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    List<String> command = new ArrayList<>(List.of(python, SCRIPTS.resolve(name).toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return start(60, command);
  }

  /** The next line the script prints, or "" where it has ended. */
  String line() throws IOException {
    String line = output.readLine();
    return line == null ? "" : line;
  }

  /** Tells the script something. */
  void tell(String line) throws IOException {
    input.write(line + "\n");
    input.flush();
  }

  /** All lines the script still prints until it ends. */
  List<String> lines() throws IOException {
    input.close();
    return output.readAllLines();
  }

  /** The same for the description of a failure. */
  String rest() {
    try {
      return String.join("\n", lines());
    } catch (IOException gone) {
      return gone.toString();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    limit.interrupt();
  }

  private static synchronized String interpreter() throws IOException {
    if (!sought) {
      sought = true;
      interpreter = find();
    }
    String found = interpreter;
    return found == null ? Skip.because(PACKAGES + " cannot be installed here") : found;
  }

  private static @Nullable String find() throws IOException {
    if (has("python3")) {
      return "python3";
    }
    String own = ENVIRONMENT.resolve("bin/python").toAbsolutePath().toString();
    if (!has(own)) {
      run(60, List.of("python3", "-m", "venv", ENVIRONMENT.toString()));
      List<String> install =
          new ArrayList<>(List.of(own, "-m", "pip", "-q", "install", "--retries", "0"));
      install.addAll(PACKAGES);
      run(120, install);
    }
    return has(own) ? own : null;
  }

  private static boolean has(String python) {
    return run(20, List.of(python, "-c", PRESENT)).contains("present");
  }

  private static List<String> run(int seconds, List<String> command) {
    try (Python running = start(seconds, command)) {
      return running.lines();
    } catch (IOException absent) {
      return List.of();
    }
  }

  private static Python start(int seconds, List<String> command) throws IOException {
    return new Python(new ProcessBuilder(command).redirectErrorStream(true).start(), seconds);
  }
}
