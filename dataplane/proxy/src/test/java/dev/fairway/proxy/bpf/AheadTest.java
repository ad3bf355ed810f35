// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AheadTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1023, 1024, 1025, 1279, 1280, 1281, 50_000})
  void eachIndex_isComputedOnce_andTakenInOrder(int size) {
    AtomicInteger calls = new AtomicInteger();
    Ahead<Integer> ahead =
        Ahead.of(
            size,
            i -> {
              calls.incrementAndGet();
              return 3 * i;
            });
    List<Integer> taken = new ArrayList<>();
    while (ahead.hasNext()) {
      taken.add(ahead.next());
    }
    assertThat(taken).isEqualTo(IntStream.range(0, size).mapToObj(i -> 3 * i).toList());
    assertThat(calls).hasValue(size);
  }

  @Test
  void shortRange_isComputedByTheThreadThatTakes_whenItTakes() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    AtomicInteger calls = new AtomicInteger();
    Ahead<Integer> ahead =
        Ahead.of(
            Ahead.WORTHWHILE - 1,
            i -> {
              threads.add(Thread.currentThread());
              return calls.incrementAndGet();
            });
    assertThat(calls).hasValue(0);
    assertThat(ahead.next()).isEqualTo(1);
    assertThat(calls).hasValue(1);
    while (ahead.hasNext()) {
      ahead.next();
    }
    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 5000})
  void indexThatFails_failsAlone(int size) {
    long seed = 7;
    boolean[] broken = new boolean[size];
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      broken[random.nextInt(size)] = true;
    }
    Ahead<Integer> ahead =
        Ahead.of(
            size,
            i -> {
              if (broken[i]) {
                throw new IllegalArgumentException("broken " + i);
              }
              return i;
            });
    for (int i = 0; i < size; i++) {
      if (broken[i]) {
        assertThatThrownBy(ahead::next).hasMessage("broken " + i);
      } else {
        assertThat(ahead.next()).isEqualTo(i);
      }
    }
    assertThat(ahead.hasNext()).isFalse();
  }

  @Test
  void interruptedThread_getsTheSame_andStaysInterrupted() {
    Ahead<Integer> ahead = Ahead.of(5000, i -> i);
    Thread.currentThread().interrupt();
    int sum = 0;
    while (ahead.hasNext()) {
      sum += ahead.next();
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(sum).isEqualTo(5000 * 4999 / 2);
  }
}
