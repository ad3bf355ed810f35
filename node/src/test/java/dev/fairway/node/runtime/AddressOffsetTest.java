// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the addresses of a cluster begin. */
final class AddressOffsetTest {
  @ParameterizedTest
  @CsvSource({"/.fairway, 0", "/srv/me/.fairway, 0", "/a, 1", "/tmp/other, 1", "/, 1"})
  void onlyTheUsualDirectoryBeginsAtTheBeginning(String stateDir, int least) {
    int offset = AddressOffset.of(Path.of(stateDir));
    assertThat(offset).isBetween(least, least == 0 ? 0 : 255);
    assertThat(AddressOffset.of(Path.of(stateDir))).isEqualTo(offset);
  }
}
