// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.node.runtime.ProcessTable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds everything of one cluster: store, certificates, kubeconfig, logs, pods.
 * Thread-safe.
 */
public final class StateDir {
  /** Grows when an older version could not read what a newer one wrote, or the other way round. */
  private static final String LAYOUT = "1";

  private final Path root;

  /** A state directory, which need not exist yet. */
  public StateDir(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  public Path root() {
    return root;
  }

  /** For {@code kubectl --kubeconfig}. */
  public Path kubeconfig() {
    return root.resolve("kubeconfig");
  }

  public Path statusFile() {
    return root.resolve("status.json");
  }

  /** What the cluster says about itself. */
  public Path logFile() {
    return root.resolve("log").resolve("cluster.log");
  }

  /** What a detached cluster's JVM prints beside its log. */
  Path outputFile() {
    return root.resolve("log").resolve("cluster.out");
  }

  /** Lines for whoever waits for a detached start. */
  public Path progressFile() {
    return root.resolve("run").resolve("progress");
  }

  private Path pidFile() {
    return root.resolve("run").resolve("cluster.pid");
  }

  Path nodeFolder(String node) {
    return root.resolve("nodes").resolve(node);
  }

  /** Makes the folders; what may hold secrets (store, keys, pods, logs) is for the owner alone. */
  void createFolders() throws IOException {
    Files.createDirectories(root.resolve("run"));
    for (String secret : List.of("store", "pki", "pods", "log", "nodes")) {
      Path folder = Files.createDirectories(root.resolve(secret));
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /**
   * Makes the directory and takes it for this process until the lock is closed.
   *
   * @throws EnvironmentException if it cannot be written or another cluster has it
   */
  Lock lock() throws EnvironmentException {
    FileChannel channel;
    try {
      createFolders();
      channel =
          FileChannel.open(
              root.resolve("run").resolve("lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new EnvironmentException(
          "the state directory "
              + root
              + " cannot be written ("
              + FileProblem.text(e)
              + "); choose another with"
              + " --state-dir",
          e);
    }
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        long pid = runningPid();
        channel.close();
        throw new EnvironmentException(
            "a cluster already runs in "
                + root
                + (pid == 0 ? "" : " (process " + pid + ")")
                + "; stop it with: fairway down --state-dir "
                + root);
      }
      try {
        checkVersion();
        writePid();
      } catch (EnvironmentException | IOException e) {
        channel.close();
        throw e;
      }
      return new Lock(channel);
    } catch (OverlappingFileLockException e) {
      throw new EnvironmentException("this process already runs a cluster in " + root, e);
    } catch (IOException e) {
      throw new EnvironmentException(
          "the state directory " + root + " cannot be used: " + FileProblem.text(e), e);
    }
  }

  /** Refuses what another version wrote, before anything of it is touched. */
  private void checkVersion() throws EnvironmentException, IOException {
    Path file = root.resolve("version");
    if (!Files.exists(file)) {
      Files.writeString(file, LAYOUT + "\n");
      return;
    }
    String found = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    if (!found.equals(LAYOUT)) {
      throw new EnvironmentException(
          "the state directory "
              + root
              + " was written by another version of Fairway (layout "
              + (found.length() > 20 ? "unknown" : found)
              + ", this one has "
              + LAYOUT
              + "); use that version, or another --state-dir");
    }
  }

  private void writePid() throws IOException {
    long pid = ProcessHandle.current().pid();
    Files.writeString(pidFile(), pid + " " + ProcessTable.startTime(pid) + "\n");
  }

  /** Whether a cluster runs here, ready or not. */
  public boolean isRunning() {
    return runningPid() != 0;
  }

  /** The process that runs a cluster here, by its pid file; 0 if there is none. */
  long runningPid() {
    try {
      String[] text = Files.readString(pidFile()).strip().split(" ");
      long pid = Long.parseLong(text[0]);
      long start = Long.parseLong(text[1]);
      return start != 0 && ProcessTable.startTime(pid) == start ? pid : 0;
    } catch (IOException | RuntimeException _) {
      return 0;
    }
  }

  /** What the running cluster says, or null if there is none (or it is still starting). */
  public @Nullable ClusterStatus readStatus() {
    try {
      return ClusterStatus.parse(Files.readString(statusFile()));
    } catch (IOException _) {
      return null;
    }
  }

  /** Replaces the status file as a whole, so that nobody reads half of it. */
  void writeStatus(ClusterStatus status) throws IOException {
    Path next = root.resolve("run").resolve("status.json.next");
    Files.writeString(next, status.toJson());
    Files.move(
        next, statusFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  void deleteStatus() throws IOException {
    Files.deleteIfExists(statusFile());
  }

  void deletePid() throws IOException {
    Files.deleteIfExists(pidFile());
  }

  /** The lines of the progress file so far. */
  String readProgress() throws IOException {
    try {
      return Files.readString(progressFile());
    } catch (NoSuchFileException _) {
      return "";
    }
  }

  /** Environment that every process of the cluster carries. */
  String mark() {
    return ProcessTable.STATE_DIR + "=" + root;
  }

  /** Holds the directory. */
  static final class Lock implements AutoCloseable {
    private final FileChannel channel;

    private Lock(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
