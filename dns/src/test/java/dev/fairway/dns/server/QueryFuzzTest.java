// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What fuzzing has found, and a short run with a fixed seed; {@code dns/fuzz.sh} goes on. */
class QueryFuzzTest {
  private static final int MUTATIONS = 20_000;

  private static List<Path> corpus() throws IOException, URISyntaxException {
    Path folder =
        Path.of(Objects.requireNonNull(QueryFuzzTest.class.getResource("/fuzz/query")).toURI());
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void corpus_holds() throws Exception {
    List<Path> files = corpus();
    assertThat(files).hasSizeGreaterThan(20);
    for (Path file : files) {
      run(Files.readAllBytes(file), file.getFileName().toString());
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void mutationsOfTheCorpus_hold(Transport transport) throws Exception {
    Random random = new Random(transport.ordinal());
    List<byte[]> seeds =
        corpus().stream()
            .map(file -> {
              try {
                return Files.readAllBytes(file);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })
            .toList();
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] data = seeds.get(random.nextInt(seeds.size())).clone();
      data[0] = (byte) transport.ordinal();
      for (int changes = random.nextInt(4); changes >= 0 && data.length > 1; changes--) {
        data[1 + random.nextInt(data.length - 1)] = (byte) random.nextInt();
      }
      run(data, "mutation " + i);
    }
  }

  private static void run(byte[] data, String name) {
    try {
      QueryFuzz.fuzzerTestOneInput(data);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(name + ": " + HexFormat.of().formatHex(data), e);
    }
  }
}
