// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogReaderTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private Instant now = START;

  @Test
  void linesAreStoredWithTheirTimes() throws Exception {
    write(1 << 20, "one\n");
    assertThat(Files.readString(file())).isEqualTo("2026-01-01T00:00:01.000000000Z stdout F one\n");
  }

  @Test
  void tailTakesTheLastLines() throws Exception {
    write(1 << 20, "one\ntwo\nthree\n");
    assertThat(read(new LogReader.Options(2, null, false, -1, false))).isEqualTo("two\nthree\n");
    assertThat(read(new LogReader.Options(0, null, false, -1, false))).isEmpty();
    assertThat(read(new LogReader.Options(9, null, false, -1, false)))
        .isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void sinceLeavesOutOlderLines() throws Exception {
    write(1 << 20, "one\ntwo\nthree\n");
    assertThat(read(new LogReader.Options(-1, START.plusSeconds(2), false, -1, false)))
        .isEqualTo("two\nthree\n");
  }

  @Test
  void timestampsStandBeforeEachLine() throws Exception {
    write(1 << 20, "one\n");
    assertThat(read(new LogReader.Options(-1, null, true, -1, false)))
        .isEqualTo("2026-01-01T00:00:01.000000000Z one\n");
  }

  @Test
  void limitCutsBytes() throws Exception {
    write(1 << 20, "one\ntwo\n");
    assertThat(read(new LogReader.Options(-1, null, false, 6, false))).isEqualTo("one\ntw");
  }

  @Test
  void aLongLineIsStoredInPiecesAndReadAsOne() throws Exception {
    String line = "x".repeat(ContainerLog.MAX_PIECE * 2 + 10);
    write(1 << 20, line + "\nshort\n");
    assertThat(read(LogReader.Options.ALL)).isEqualTo(line + "\nshort\n");
    assertThat(read(new LogReader.Options(1, null, false, -1, false))).isEqualTo("short\n");
  }

  @Test
  void aFullFileIsRotatedOnceAndBothAreRead() throws Exception {
    write(100, "first\nsecond\nthird\nfourth\n");
    assertThat(Files.size(file())).isLessThanOrEqualTo(100);
    assertThat(ContainerLog.rotated(file())).exists();
    assertThat(read(LogReader.Options.ALL)).isEqualTo("first\nsecond\nthird\nfourth\n");
  }

  @Test
  void onlyTwoFilesAreKept() throws Exception {
    write(50, "1\n2\n3\n4\n5\n");
    assertThat(read(LogReader.Options.ALL)).isEqualTo("4\n5\n");
  }

  @Test
  void aLineThatACrashCutOffIsLeftOut() throws Exception {
    Files.writeString(file(), "2026-01-01T00:00:01.000000000Z stdout F one\n2026-01");
    assertThat(read(LogReader.Options.ALL)).isEqualTo("one\n");
  }

  private Path file() {
    return folder.resolve("0.log");
  }

  private void write(long maxBytes, String text) throws IOException {
    try (ContainerLog log = new ContainerLog(file(), maxBytes, this::tick)) {
      log.pump(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private Instant tick() {
    now = now.plusSeconds(1);
    return now;
  }

  private String read(LogReader.Options options) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new LogReader(options, out).copy(file(), null);
    return out.toString(StandardCharsets.UTF_8);
  }
}
