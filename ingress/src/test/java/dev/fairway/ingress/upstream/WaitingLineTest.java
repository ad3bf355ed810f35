// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingLineTest {
  private final WaitingLine line = new WaitingLine(2);
  private final List<String> called = new ArrayList<>();

  @Test
  void longestWaitingOneIsCalledFirst_andTooManyAreRefused() {
    Waiter first = () -> called.add("first");
    Waiter second = () -> called.add("second");
    assertThat(line.add(first)).isTrue();
    assertThat(line.add(second)).isTrue();
    assertThat(line.add(() -> called.add("third"))).isFalse();
    assertThat(line.refused()).isEqualTo(1);
    line.next();
    assertThat(called).containsExactly("first");
    assertThat(line.size()).isEqualTo(1);
    line.next();
    line.next();
    assertThat(called).containsExactly("first", "second");
  }

  @Test
  void whoLeavesIsNotCalled() {
    Waiter first = () -> called.add("first");
    line.add(first);
    line.add(() -> called.add("second"));
    assertThat(line.remove(first)).isTrue();
    assertThat(line.remove(first)).isFalse();
    line.all();
    assertThat(called).containsExactly("second");
  }
}
