// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a file. Where somebody moved or removed the file (logrotate), the next lines go to a
 * new one of its name. For one thread.
 */
public final class FileSink implements AccessLog.Sink {
  private final Path file;
  private OutputStream out;
  private @Nullable Object key;

  /**
   * Opens the file.
   *
   * @throws IOException where it cannot be written
   */
  public FileSink(Path file) throws IOException {
    this.file = file;
    out = open(file);
    key = key(file);
  }

  private static OutputStream open(Path file) throws IOException {
    return Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** What tells the file from another of the same name, null where there is none. */
  private static @Nullable Object key(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  @Override
  public void write(String lines) throws IOException {
    Object now = key(file);
    if (now == null || !now.equals(key)) {
      OutputStream moved = out;
      out = open(file);
      key = key(file);
      moved.close();
    }
    out.write(lines.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
