// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NameColumnTest {

  @ParameterizedTest
  @MethodSource
  void namesComeBackAsTheyWere(List<@Nullable String> names) {
    NameColumn column = NameColumn.of(names);
    assertThat(column).isNotNull();
    List<@Nullable String> read = new ArrayList<>();
    for (int row = 0; row < names.size(); row++) {
      read.add(column.get(row));
    }
    assertThat(read).isEqualTo(names);
    assertThat(column).isEqualTo(NameColumn.of(names)).hasSameHashCodeAs(NameColumn.of(names));
  }

  static Stream<Arguments> namesComeBackAsTheyWere() {
    return Stream.of(
        argumentSet("one name", List.of("web-6d4cf56db6-x7k2p")),
        argumentSet(
            "pods of a Deployment", List.of("web-6d4cf56db6-x7k2p", "web-6d4cf56db6-zzzzz")),
        argumentSet("pods of a StatefulSet", List.of("db-0", "db-1", "db-10", "db-100")),
        argumentSet("one name begins another", List.of("db", "db-1", "d")),
        argumentSet("equal names", List.of("db-0", "db-0")),
        argumentSet("nothing in common", List.of("a", "b.example-9", "zyx")),
        argumentSet("rows without a name", Arrays.asList(null, "web-1", null, "web-2", null)),
        argumentSet("an empty name", List.of("", "web-1")),
        argumentSet("no DNS name", List.of("Web_1", "w\u00e9b", "\u7db2")),
        argumentSet("no DNS name and none", Arrays.asList("A B", null)),
        argumentSet("every letter", List.of("abcdefghijklmnopqrstuvwxyz", "0123456789-.", "zz9.")),
        argumentSet("the longest name", List.of("x".repeat(253), "x".repeat(252) + "y")));
  }

  @Test
  void noNameAtAll_isNoColumn() {
    assertThat(NameColumn.of(Arrays.asList(null, null))).isNull();
  }

  @Test
  void longerThanADnsName_isCut() {
    NameColumn column = NameColumn.of(List.of("x".repeat(400), "X".repeat(400)));
    assertThat(column).isNotNull();
    assertThat(column.get(0)).isEqualTo("x".repeat(253));
    assertThat(column.get(1)).isEqualTo("X".repeat(253));
  }

  @Test
  void anotherNameOrPlace_isAnotherColumn() {
    assertThat(NameColumn.of(List.of("a", "b")))
        .isNotEqualTo(NameColumn.of(List.of("b", "a")))
        .isNotEqualTo(NameColumn.of(List.of("a", "c")));
  }
}
