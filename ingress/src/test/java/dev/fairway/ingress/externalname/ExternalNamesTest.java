// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.externalname;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.externalname.NameLookup.Answer;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long the addresses of a name hold. */
class ExternalNamesTest {
  private static final String NAME = "db.example";
  private static final Answer SILENCE = new Answer(List.of(), Duration.ofDays(1));

  /** What the lookup says next; each answer is followed by a pause. */
  private final BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(100);

  private final BlockingQueue<Duration> pauses = new ArrayBlockingQueue<>(100);
  private final BlockingQueue<String> changes = new ArrayBlockingQueue<>(100);
  private final ExternalNames names =
      new ExternalNames(this::answer, new AddressGuard(List.of(), Set::of, Set::of), pauses::put);

  ExternalNamesTest() {
    names.onChange(changes::add);
  }

  @AfterEach
  void stop() {
    names.close();
  }

  private Answer answer(String name) throws IOException {
    try {
      Answer next = answers.take();
      if (next.equals(SILENCE)) {
        throw new IOException("no server answers");
      }
      return next;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("stopped", stopped);
    }
  }

  @Test
  void addressesAreThereAfterTheFirstAnswerAndHoldAsLongAsItSays() throws Exception {
    assertThat(names.addresses(NAME, 80)).isEmpty();
    assertThat(say(30, "192.0.2.1", "2001:db8::1")).isEqualTo(Duration.ofSeconds(30));
    assertThat(known()).isEqualTo("[192.0.2.1, 2001:db8::1]");
    assertThat(changes).containsExactly(NAME);
  }

  @Test
  void onlyOtherAddressesAreAChange() throws Exception {
    names.addresses(NAME, 80);
    say(30, "192.0.2.1", "192.0.2.2");
    say(30, "192.0.2.2", "192.0.2.1");
    assertThat(changes).hasSize(1);
    say(30, "192.0.2.3");
    assertThat(changes).hasSize(2);
    assertThat(known()).isEqualTo("[192.0.2.3]");
  }

  @Test
  void lifetimesAreBounded() throws Exception {
    names.addresses(NAME, 80);
    assertThat(say(0, "192.0.2.1")).isEqualTo(Duration.ofSeconds(1));
    assertThat(say(1_000_000, "192.0.2.1")).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void lastAnswerHoldsWhileNobodyAnswersButNotForEver() throws Exception {
    names.addresses(NAME, 80);
    say(30, "192.0.2.1");
    Duration waited = Duration.ZERO;
    while (waited.compareTo(Duration.ofMinutes(10)) < 0) {
      Duration pause = silence();
      assertThat(pause).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(30));
      assertThat(known()).isEqualTo("[192.0.2.1]");
      waited = waited.plus(pause);
    }
    silence();
    assertThat(known()).isEqualTo("[]");
  }

  @Test
  void answerStartsTheClockAgain() throws Exception {
    names.addresses(NAME, 80);
    say(30, "192.0.2.1");
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 20; i++) {
        silence();
      }
      say(30, "192.0.2.1");
      assertThat(known()).isEqualTo("[192.0.2.1]");
    }
  }

  @Test
  void nameThatIsGoneHasNoAddressAtOnce() throws Exception {
    names.addresses(NAME, 80);
    say(30, "192.0.2.1");
    say(5);
    assertThat(known()).isEqualTo("[]");
    assertThat(changes).hasSize(2);
  }

  @Test
  void localAddressesAreLeftOut() throws Exception {
    names.addresses(NAME, 80);
    say(30, "127.0.0.1", "192.0.2.1", "169.254.169.254");
    assertThat(known()).isEqualTo("[192.0.2.1]");
  }

  @Test
  void addressIsItsOwnName() {
    assertThat(names.addresses("192.0.2.9", 80)).containsExactly(IpAddress.parse("192.0.2.9"));
    assertThat(names.addresses("127.0.0.1", 80)).isEmpty();
  }

  @Test
  void manyAddressesAreCut() throws Exception {
    names.addresses(NAME, 80);
    String[] many = new String[200];
    for (int i = 0; i < many.length; i++) {
      many[i] = "192.0.2." + i;
    }
    say(30, many);
    assertThat(names.addresses(NAME, 80)).hasSize(64);
  }

  @Test
  void nameThatDoesNotMatterAnyMoreIsForgotten() throws Exception {
    names.addresses(NAME, 80);
    say(30, "192.0.2.1");
    names.retain(Set.of("other.example"));
    assertThat(known()).isEqualTo("[]");
  }

  /** Gives an answer; returns when the next one is asked for. */
  private Duration say(long seconds, String... addresses) throws InterruptedException {
    List<IpAddress> parsed = List.of(addresses).stream().map(IpAddress::parse).toList();
    answers.put(new Answer(parsed, Duration.ofSeconds(seconds)));
    return nextPause();
  }

  private Duration silence() throws InterruptedException {
    answers.put(SILENCE);
    return nextPause();
  }

  private Duration nextPause() throws InterruptedException {
    Duration pause = pauses.poll(20, TimeUnit.SECONDS);
    assertThat(pause).as("asked").isNotNull();
    return pause;
  }

  private String known() {
    return names.addresses(NAME, 80).toString();
  }
}
