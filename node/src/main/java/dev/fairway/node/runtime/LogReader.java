// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link ContainerLog} back as {@code kubectl logs} wants it. Confined to the thread that
 * answers one request.
 */
final class LogReader {
  /**
   * What to read.
   *
   * @param tailLines the last so many lines only, or -1 for all
   * @param since lines at or after this time only
   * @param timestamps whether each line begins with its time
   * @param limitBytes stop after so many bytes, or -1
   * @param follow whether to go on until the container ends
   */
  record Options(
      long tailLines,
      @Nullable Instant since,
      boolean timestamps,
      long limitBytes,
      boolean follow) {
    static final Options ALL = new Options(-1, null, false, -1, false);
  }

  private final Options options;
  private final OutputStream out;
  private long budget;
  private boolean midLine;

  LogReader(Options options, OutputStream out) {
    this.options = options;
    this.out = out;
    this.budget = options.limitBytes() < 0 ? Long.MAX_VALUE : options.limitBytes();
  }

  /**
   * Copies the log.
   *
   * @param live the log while its container runs, to follow it; null for one that has ended
   */
  void copy(Path file, @Nullable ContainerLog live) throws IOException, InterruptedException {
    long skip =
        options.tailLines() < 0
            ? 0
            : Math.max(0, count(ContainerLog.rotated(file)) + count(file) - options.tailLines());
    skip = copyWhole(ContainerLog.rotated(file), skip);
    boolean again = true;
    while (again) {
      int generation = live == null ? 0 : live.generation();
      try (InputStream in = open(file)) {
        again = copyCurrent(new Lines(in), skip, live, generation);
        skip = 0;
      }
    }
    out.flush();
  }

  /** Copies one file to its end; true when a fresh one has taken its place meanwhile. */
  private boolean copyCurrent(Lines lines, long skip, @Nullable ContainerLog live, int generation)
      throws IOException, InterruptedException {
    long left = skip;
    while (true) {
      long seen = live == null ? 0 : live.revision();
      left = copyAvailable(lines, left);
      if (!options.follow() || live == null || budget <= 0) {
        return false;
      }
      out.flush();
      if (live.generation() != generation) {
        copyAvailable(lines, left);
        return true;
      }
      if (!live.awaitBeyond(seen)) {
        copyAvailable(lines, left);
        return false;
      }
    }
  }

  private static InputStream open(Path file) throws IOException {
    try {
      return new BufferedInputStream(Files.newInputStream(file), 64 * 1024);
    } catch (NoSuchFileException _) {
      return InputStream.nullInputStream();
    }
  }

  private static long count(Path file) throws IOException {
    long lines = 0;
    try (InputStream in = open(file)) {
      Lines all = new Lines(in);
      for (byte[] line = all.next(); line != null; line = all.next()) {
        lines += isPartial(line) ? 0 : 1;
      }
    }
    return lines;
  }

  private long copyWhole(Path file, long skip) throws IOException {
    try (InputStream in = open(file)) {
      return copyAvailable(new Lines(in), skip);
    }
  }

  private long copyAvailable(Lines lines, long skip) throws IOException {
    long left = skip;
    for (byte[] line = lines.next(); line != null && budget > 0; line = lines.next()) {
      if (left > 0) {
        left -= isPartial(line) ? 0 : 1;
      } else {
        print(line);
      }
    }
    return left;
  }

  private void print(byte[] line) throws IOException {
    int time = indexOf(line, ' ', 0);
    int stream = time < 0 ? -1 : indexOf(line, ' ', time + 1);
    int tag = stream < 0 ? -1 : indexOf(line, ' ', stream + 1);
    if (tag < 0) {
      return; // cut off by a crash of the machine
    }
    if (options.since() != null && before(line, time, options.since())) {
      return;
    }
    if (options.timestamps() && !midLine) {
      put(line, 0, time + 1);
    }
    put(line, tag + 1, line.length - tag - 1);
    midLine = isPartial(line);
    if (!midLine) {
      put(new byte[] {'\n'}, 0, 1);
    }
  }

  private void put(byte[] bytes, int from, int length) throws IOException {
    int allowed = (int) Math.min(length, budget);
    out.write(bytes, from, allowed);
    budget -= allowed;
  }

  private static boolean before(byte[] line, int end, Instant since) {
    try {
      String time = new String(line, 0, end, StandardCharsets.US_ASCII);
      return Instant.parse(time).isBefore(since);
    } catch (DateTimeParseException _) {
      return true;
    }
  }

  private static boolean isPartial(byte[] line) {
    int time = indexOf(line, ' ', 0);
    int stream = time < 0 ? -1 : indexOf(line, ' ', time + 1);
    return stream > 0 && stream + 1 < line.length && line[stream + 1] == 'P';
  }

  private static int indexOf(byte[] bytes, char wanted, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** The whole lines of a file that may still grow; a line without its end is kept for later. */
  private static final class Lines {
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);

    Lines(InputStream in) {
      this.in = in;
    }

    byte @Nullable [] next() throws IOException {
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == '\n') {
          byte[] whole = line.toByteArray();
          line.reset();
          return whole;
        }
        line.write(b);
      }
      return null;
    }
  }
}
