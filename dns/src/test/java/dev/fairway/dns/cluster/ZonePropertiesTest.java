// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static dev.fairway.dns.cluster.KubernetesFixture.expand;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** What holds for every answer, whatever the services are. */
class ZonePropertiesTest {
  /** Chi-square of 99 degrees of freedom that chance alone exceeds once in 100,000. */
  private static final double MAX_CHI_SQUARE = 170;

  private static final int ENDPOINTS = 100;

  @ParameterizedTest(name = "{0}, {2} octets")
  @CsvSource({
    "all records, big… A, 65535, 100",
    "a window of them, big… A, 512, 29",
    "IPv6, big… AAAA, 512, 16",
    "SRV, _http._tcp.big… SRV, 1232, 15",
  })
  void rotation_startsAtEveryRecordEquallyOften(
      String name, String question, int octets, int atLeast) {
    ZoneHarness zone = big();
    Map<String, Integer> first = new HashMap<>();
    Map<String, Integer> told = new HashMap<>();
    int rounds = 20 * ENDPOINTS;
    long answers = 0;
    for (int i = 0; i < rounds; i++) {
      List<Record> records = zone.ask(expand(question), octets, null).getSection(Section.ANSWER);
      assertThat(records).hasSizeGreaterThanOrEqualTo(atLeast).doesNotHaveDuplicates();
      first.merge(records.getFirst().rdataToString(), 1, Integer::sum);
      records.forEach(record -> told.merge(record.rdataToString(), 1, Integer::sum));
      answers += records.size();
    }

    assertThat(told).hasSize(ENDPOINTS);
    assertThat(chiSquare(first, rounds)).isLessThan(MAX_CHI_SQUARE);
    assertThat(chiSquare(told, answers)).isLessThan(MAX_CHI_SQUARE);
  }

  private static double chiSquare(Map<String, Integer> counts, long total) {
    double expected = (double) total / ENDPOINTS;
    double sum = 0;
    for (int count : counts.values()) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum + (ENDPOINTS - counts.size()) * expected;
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 700, 1232})
  void truncatedAnswer_isPartOfTheWholeOne(int octets) {
    ZoneHarness zone = big();
    for (String question : List.of("big… A", "big… AAAA", "_http._tcp.big… SRV", "big… SRV")) {
      Message cut = zone.ask(expand(question), octets, null);
      Message whole = zone.ask(expand(question));

      assertThat(cut.getHeader().getFlag(Flags.TC)).describedAs(question).isTrue();
      assertThat(whole.getHeader().getFlag(Flags.TC)).describedAs(question).isFalse();
      assertThat(whole.getSection(Section.ANSWER))
          .describedAs(question)
          .containsAll(cut.getSection(Section.ANSWER));
    }
  }

  /** Sizes at and around those where one more record fits. */
  @ParameterizedTest
  @ValueSource(strings = {"big… A", "big… AAAA", "_http._tcp.big… SRV"})
  void everySize_isFilledWithWholeRecords(String question) {
    ZoneHarness zone = big();
    int last = 0;
    for (int octets = 512; octets <= 4096; octets += 7) {
      Message message = zone.ask(expand(question), octets, null);
      int records = message.getSection(Section.ANSWER).size();

      assertThat(message.numBytes()).isLessThanOrEqualTo(octets);
      assertThat(records).isGreaterThanOrEqualTo(last);
      assertThat(message.getHeader().getFlag(Flags.TC)).isEqualTo(records < ENDPOINTS);
      last = records;
    }
  }

  private static ZoneHarness big() {
    ClusterModel model = new ClusterModel();
    ClusterModel.ServiceBuilder service =
        model.service("testns/big").headless().port("http", "TCP", 80);
    for (int i = 0; i < ENDPOINTS; i++) {
      service.endpoint("10.0.1." + i, "host-" + (100 + i));
      service.endpoint("fd00::" + Integer.toHexString(0x100 + i), "host-" + (100 + i));
    }
    return new ZoneHarness(ZoneOptions.of("cluster.local"), true).follow(model);
  }
}
