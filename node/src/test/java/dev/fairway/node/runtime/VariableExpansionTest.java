// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of Kubernetes' own expansion tests. */
final class VariableExpansionTest {
  private static final Map<String, String> VARIABLES =
      Map.of("VAR_A", "A", "VAR_B", "B", "VAR_C", "C", "VAR_REF", "$(VAR_A)", "VAR_EMPTY", "");

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "whole string              | $(VAR_A)            | A",
        "repeated                  | $(VAR_A)-$(VAR_A)   | A-A",
        "several                   | $(VAR_A)-$(VAR_B)$(VAR_C) | A-BC",
        "middle of a text          | ---$(VAR_B)---      | ---B---",
        "value is not read again   | $(VAR_REF)          | $(VAR_A)",
        "empty value               | foo$(VAR_EMPTY)bar  | foobar",
        "escaped dollar            | f$$oo               | f$oo",
        "escaped reference         | foo-$$(VAR_A)-bar   | foo-$(VAR_A)-bar",
        "escaped twice             | foo-$$$$(VAR_A)-bar | foo-$$(VAR_A)-bar",
        "escape and reference      | $$$(VAR_A)          | $A",
        "unknown name stays        | $(VAR_DNE)          | $(VAR_DNE)",
        "no name                   | $()                 | $()",
        "open end                  | $(VAR_A             | $(VAR_A",
        "open end after reference  | $(VAR_A)$(          | A$(",
        "other sign after dollar   | $VAR_A              | $VAR_A",
        "dollar at the end         | VAR_A$              | VAR_A$",
        "shell braces              | ${VAR_A}            | ${VAR_A}",
        "closing bracket alone     | VAR_A)              | VAR_A)",
        "nested is not nested      | $($(VAR_A))         | $($(VAR_A))",
      })
  void expands(String name, String text, String expected) {
    assertThat(VariableExpansion.expand(text, VARIABLES)).isEqualTo(expected);
  }
}
