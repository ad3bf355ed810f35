// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files that are part of a configuration. */
final class ConfigFile {
  private static final int MAX_SIZE = 8 << 20;

  private ConfigFile() {}

  /**
   * The text of a file.
   *
   * @throws IOException when it cannot be read or has more than 8 MiB
   */
  static String read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_SIZE + 1);
      if (bytes.length > MAX_SIZE) {
        throw new IOException(file + " has more than 8 MiB");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
