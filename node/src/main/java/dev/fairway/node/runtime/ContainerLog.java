// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The log file of one run of a container, bounded to two files of a given size. Every line is
 * written as the container runtime interface has it: {@code 2026-01-01T00:00:00.000000000Z stdout F
 * text}, with P in place of F for a piece of a line longer than 16 KiB. Thread-safe.
 */
final class ContainerLog implements AutoCloseable {
  static final int MAX_PIECE = 16 * 1024;
  private static final byte[] FULL = " stdout F ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PARTIAL = " stdout P ".getBytes(StandardCharsets.US_ASCII);

  private final Path file;
  private final long maxBytes;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private OutputStream out;
  private long size;
  private int generation;
  private long revision;
  private boolean closed;

  ContainerLog(Path file, long maxBytes, InstantSource clock) throws IOException {
    this.file = file;
    this.maxBytes = maxBytes;
    this.clock = clock;
    Files.createDirectories(file.toAbsolutePath().getParent());
    this.out = Files.newOutputStream(file);
  }

  Path file() {
    return file;
  }

  /** The file that the current one became when it was full. */
  static Path rotated(Path file) {
    return file.resolveSibling(file.getFileName() + ".1");
  }

  /** Copies a process's output until its end. */
  void pump(InputStream in) throws IOException {
    byte[] buffer = new byte[MAX_PIECE];
    int held = 0;
    while (true) {
      int read = in.read(buffer, held, buffer.length - held);
      if (read < 0) {
        break;
      }
      held = writeLines(buffer, held + read);
    }
    if (held > 0) {
      write(buffer, 0, held, FULL);
    }
  }

  /** Writes the whole lines of a buffer and moves the rest to its beginning. */
  private int writeLines(byte[] buffer, int length) throws IOException {
    int from = 0;
    for (int i = 0; i < length; i++) {
      if (buffer[i] == '\n') {
        write(buffer, from, i - from, FULL);
        from = i + 1;
      }
    }
    if (from == 0 && length == buffer.length) {
      write(buffer, 0, length, PARTIAL);
      return 0;
    }
    System.arraycopy(buffer, from, buffer, 0, length - from);
    return length - from;
  }

  private void write(byte[] text, int from, int length, byte[] tag) throws IOException {
    byte[] time = timestamp(clock.instant()).getBytes(StandardCharsets.US_ASCII);
    byte[] line = new byte[time.length + tag.length + length + 1];
    System.arraycopy(time, 0, line, 0, time.length);
    System.arraycopy(tag, 0, line, time.length, tag.length);
    System.arraycopy(text, from, line, time.length + tag.length, length);
    line[line.length - 1] = '\n';
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (size > 0 && size + line.length > maxBytes) {
        rotate();
      }
      out.write(line);
      size += line.length;
      revision++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void rotate() throws IOException {
    out.close();
    Files.move(file, rotated(file), StandardCopyOption.REPLACE_EXISTING);
    out = Files.newOutputStream(file);
    size = 0;
    generation++;
  }

  /** How often the file was replaced by a fresh one. */
  int generation() {
    lock.lock();
    try {
      return generation;
    } finally {
      lock.unlock();
    }
  }

  /** A number that grows with every line. */
  long revision() {
    lock.lock();
    try {
      return revision;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a line beyond a revision; false when the log has ended without one. */
  boolean awaitBeyond(long seen) throws InterruptedException {
    lock.lock();
    try {
      while (revision == seen && !closed) {
        changed.await(1, TimeUnit.SECONDS);
      }
      return revision != seen;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        out.close();
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** RFC 3339 with nine digits of a second, so that lines sort as text. */
  static String timestamp(Instant time) {
    String seconds = Instant.ofEpochSecond(time.getEpochSecond()).toString();
    StringBuilder text = new StringBuilder(30).append(seconds, 0, seconds.length() - 1).append('.');
    String nanos = Integer.toString(time.getNano());
    return text.repeat('0', 9 - nanos.length()).append(nanos).append('Z').toString();
  }
}
