// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Starts processes that lead a session and process group of their own (setsid) and that the kernel
 * kills when this JVM ends in any way (setpriv --pdeathsig). The parent that the kernel watches is
 * the starting <i>thread</i>, so every start runs on one platform thread that lives as long as the
 * launcher. Thread-safe.
 */
public final class ProcessLauncher implements AutoCloseable {
  private final ExecutorService starter =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("process-starter").factory());
  private final @Nullable Path setsid = find("setsid", System.getenv("PATH"));
  private final @Nullable Path setpriv = find("setpriv", System.getenv("PATH"));

  /** Whether processes get a group of their own, so that a signal reaches their children too. */
  boolean hasGroups() {
    return setsid != null;
  }

  /**
   * Starts a process with its output (both streams) on a pipe and no input.
   *
   * @throws IOException if the machine cannot start it
   */
  Process start(List<String> command, Map<String, String> environment, @Nullable Path directory)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(wrapped(command));
    builder.environment().clear();
    builder.environment().putAll(environment);
    if (directory != null) {
      builder.directory(directory.toFile());
    }
    builder.redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    return start(builder);
  }

  /** Starts what a builder says, on the thread that lives as long as the launcher. */
  public Process start(ProcessBuilder builder) throws IOException, InterruptedException {
    try {
      return starter.submit(builder::start).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException(e.getCause());
    }
  }

  /** The command as it is really run: in a session of its own, bound to the life of this JVM. */
  public List<String> wrapped(List<String> command) {
    List<String> all = new ArrayList<>();
    if (setsid != null) {
      all.add(setsid.toString());
    }
    if (setpriv != null) {
      all.addAll(List.of(setpriv.toString(), "--pdeathsig", "KILL", "--"));
    }
    all.addAll(command);
    return all;
  }

  /** The executable that a command name means under a search path, or null. */
  static @Nullable Path find(String name, @Nullable String searchPath) {
    if (name.contains("/")) {
      Path path = Path.of(name);
      return isExecutable(path) ? path : null;
    }
    for (String folder : (searchPath == null ? "" : searchPath).split(":")) {
      Path path = Path.of(folder.isEmpty() ? "." : folder, name);
      if (isExecutable(path)) {
        return path;
      }
    }
    return null;
  }

  private static boolean isExecutable(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }

  @Override
  public void close() {
    starter.shutdown();
  }
}
