// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.proxy.bpf.BpfOptions;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where programs and maps of eBPF survive the daemon: the machine's BPF file system, or one of our
 * own where none is mounted. Each node has a folder of its own in it, as nodes may share a kernel.
 */
final class PinFolder {
  private static final System.Logger LOG = System.getLogger(PinFolder.class.getName());

  /** Mounted by ourselves. */
  static final Path OWN = Path.of("/run/fairway/bpf");

  private static final int BOUND_SECONDS = 10;

  private PinFolder() {}

  /** The folder; null where there is none, then programs end with the process. */
  static @Nullable Path find() {
    Path parent = BpfOptions.DEFAULT_PINS.getParent();
    if (parent != null && isBpfFileSystem(parent)) {
      return BpfOptions.DEFAULT_PINS;
    }
    return isBpfFileSystem(OWN) || mount() ? OWN : null;
  }

  /** The folders of nodes in the file system that we mounted ourselves. */
  static List<Path> ofNodes() {
    if (!isBpfFileSystem(OWN)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(OWN)) {
      return entries.filter(Files::isDirectory).toList();
    } catch (IOException _) {
      return List.of();
    }
  }

  /**
   * Ends the file system that we mounted ourselves, if there is one; false if it is still there.
   */
  static boolean unmount(Commands commands) throws InterruptedException {
    if (!isBpfFileSystem(OWN)) {
      return true;
    }
    if (!commands.run(List.of("umount", OWN.toString()), "").isDone()) {
      return false;
    }
    try {
      Files.deleteIfExists(OWN);
      Files.deleteIfExists(Path.of("/run/fairway"));
    } catch (IOException _) {
      // Something else is in the folder, which does no harm.
      return true;
    }
    return true;
  }

  private static boolean isBpfFileSystem(Path folder) {
    try {
      return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
          .anyMatch(line -> line.contains(" " + folder + " ") && line.contains(" - bpf "));
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean mount() {
    try {
      Files.createDirectories(OWN);
      Process mount =
          new ProcessBuilder("mount", "-t", "bpf", "bpf", OWN.toString())
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      if (mount.waitFor(BOUND_SECONDS, TimeUnit.SECONDS) && mount.exitValue() == 0) {
        return true;
      }
      mount.destroyForcibly();
      LOG.log(System.Logger.Level.INFO, "no BPF file system can be mounted at {0}", OWN);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "no BPF file system at {0}: {1}", OWN, e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return false;
  }
}
