// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.store;

import dev.fairway.service.ServiceSnapshot;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in a file. It is replaced as a whole and has a checksum, so a reader finds the last
 * complete one, or is told that there is none, whenever the writer or the machine stopped.
 * Thread-safe for readers; one thread writes.
 */
public final class SnapshotFile {
  private static final long MAGIC = 0x4641_4952_5741_5944L;
  private static final int VERSION = 1;
  private static final int BUFFER = 1 << 16;

  /** Larger files are not ours. */
  private static final long MAX_SIZE = 1L << 30;

  private final Path path;

  /** A file that need not exist; its folder must, once it is written. */
  public SnapshotFile(Path path) {
    this.path = path.toAbsolutePath();
  }

  /**
   * A snapshot that was read.
   *
   * @param snapshot as much of it as names are made of: endpoints that are ready, for one
   * @param writtenAt when it was the truth
   */
  public record Stored(ServiceSnapshot snapshot, Instant writtenAt) {}

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Replaces the file. */
  public void write(ServiceSnapshot snapshot, Instant now) throws IOException {
    Path next = path.resolveSibling(path.getFileName() + ".next");
    try (FileChannel channel =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      OutputStream file = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
      CRC32C checksum = new CRC32C();
      DataOutputStream out = new DataOutputStream(new CheckedOutputStream(file, checksum));
      out.writeLong(MAGIC);
      out.writeInt(VERSION);
      out.writeLong(now.toEpochMilli());
      new SnapshotWriter(out).write(snapshot);
      out.writeLong(checksum.getValue());
      out.flush();
      channel.force(true);
    }
    Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Reads the file.
   *
   * @return null when there is none
   * @throws IOException when it cannot be read, was damaged or is of another version
   */
  public @Nullable Stored read() throws IOException {
    CRC32C checksum = new CRC32C();
    try (InputStream file = Files.newInputStream(path)) {
      long size = Files.size(path);
      if (size > MAX_SIZE) {
        throw new IOException(path + " is too large for a snapshot: " + size + " octets");
      }
      verify(size);
      DataInputStream in =
          new DataInputStream(
              new CheckedInputStream(new BufferedInputStream(file, BUFFER), checksum));
      long unused = in.readLong();
      in.readInt();
      Instant writtenAt = Instant.ofEpochMilli(in.readLong());
      return new Stored(new SnapshotReader(in).read(), writtenAt);
    } catch (NoSuchFileException _) {
      return null;
    } catch (IllegalArgumentException e) {
      throw new IOException(path + " is damaged: " + e.getMessage(), e);
    }
  }

  /** Nothing of a file is used before all of it is known to be as it was written. */
  private void verify(long size) throws IOException {
    CRC32C checksum = new CRC32C();
    try (InputStream file = Files.newInputStream(path)) {
      CheckedInputStream checked =
          new CheckedInputStream(new BufferedInputStream(file, BUFFER), checksum);
      DataInputStream in = new DataInputStream(checked);
      if (size < 28 || in.readLong() != MAGIC) {
        throw new IOException(path + " is no snapshot of this program");
      }
      int version = in.readInt();
      if (version != VERSION) {
        throw new IOException(path + " is of version " + version + ", not " + VERSION);
      }
      checked.skipNBytes(size - 20);
      long expected = checksum.getValue();
      if (in.readLong() != expected) {
        throw new IOException(path + " is damaged: its checksum does not match");
      }
    }
  }
}
