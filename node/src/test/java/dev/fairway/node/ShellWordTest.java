// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShellWordTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "/a/.fairway/kubeconfig, /a/.fairway/kubeconfig",
        "/my work/kubeconfig, '/my work/kubeconfig'",
        "/it's/k, '/it'\\''s/k'",
        "/$HOME/k, '/$HOME/k'"
      })
  void isOneWordOfTheShell(String text, String word) {
    assertThat(ShellWord.of(text)).isEqualTo(word);
  }
}
