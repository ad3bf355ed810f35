// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;

class WireNameTest {
  @Test
  void read_agreesWithDnsjavaOnRandomOctets() {
    Random random = new Random(7);
    WireName name = new WireName();
    int accepted = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] wire = new byte[1 + random.nextInt(300)];
      random.nextBytes(wire);
      for (int at = 0; at < wire.length && random.nextInt(12) != 0; ) {
        int size = random.nextInt(64);
        wire[at] = (byte) size;
        at += size + 1;
        if (at < wire.length && random.nextInt(3) == 0) {
          wire[at] = 0;
        }
      }
      Name expected = dnsjava(wire);

      int end = name.read(wire, 0, wire.length);

      // dnsjava also takes compressed names, which a question has no use for.
      if (end < 0) {
        assertThat(expected == null || hasPointer(wire)).isTrue();
      } else {
        accepted++;
        assertThat(expected).isNotNull();
        assertThat(end).isEqualTo(expected.length());
        assertThat(name.labels()).isEqualTo(expected.labels() - 1);
        assertThat(name.toBytes()).isEqualTo(expected.toWireCanonical());
      }
    }
    assertThat(accepted).isGreaterThan(1000);
  }

  private static @Nullable Name dnsjava(byte[] wire) {
    try {
      return new Name(wire);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static boolean hasPointer(byte[] wire) {
    for (int at = 0; at < wire.length && wire[at] != 0; at += wire[at] + 1) {
      if ((wire[at] & 0xc0) != 0) {
        return true;
      }
    }
    return false;
  }

  @ParameterizedTest
  @CsvSource({
    "a.cluster.local, 1",
    "cluster.local, 0",
    "A.B.CLUSTER.Local., 2",
    "local, -1",
    "xcluster.local, -1",
    "cluster.local.com, -1",
  })
  void labelsBefore_comparesWholeLabels(String name, int labels) {
    assertThat(WireName.of(name).labelsBefore(WireName.of("cluster.local."))).isEqualTo(labels);
  }

  @Test
  void labelsBefore_isNotFooledByOctetsInsideALabel() {
    byte[] wire =
        "\24aaaaa\7cluster\5local\0\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    WireName name = new WireName();
    assertThat(name.read(wire, 0, wire.length)).isPositive();

    assertThat(name.labelsBefore(WireName.of("cluster.local."))).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "a..b", ".a", "..", "a...",
      })
  void parse_refusesEmptyLabels(String text) {
    assertThat(WireName.parse(text)).isNull();
    assertThat(WireName.encode(text)).isNull();
  }

  @Test
  void parse_hasLimits() {
    String label = "a".repeat(63);
    assertThat(WireName.parse(label)).isNotNull();
    assertThat(WireName.parse(label + "a")).isNull();
    String longest = String.join(".", label, label, label, "a".repeat(61));
    assertThat(WireName.parse(longest)).isNotNull();
    assertThat(WireName.parse(longest + "a")).isNull();
  }

  @Test
  void text_showsOddOctets() {
    byte[] wire = {3, '.', '\\', 1, 0};
    WireName name = new WireName();
    name.read(wire, 0, wire.length);

    assertThat(name).hasToString("\\046\\092\\001.");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10-0-0-1",
    "255.255.255.255, 255-255-255-255",
    "0.0.0.0, 0-0-0-0",
    "1234:5678:9abc:def0:1234:5678:9abc:def0, 1234-5678-9abc-def0-1234-5678-9abc-def0",
    "5678:abcd::1, 5678-abcd--1",
    "1:2:3:4:5:6666::, 1-2-3-4-5-6666--0",
    "::1, --1",
    "1:0:0:2:0:0:0:3, 1-0-0-2--3",
    "1:0:2:3:4:5:6:7, 1-0-2-3-4-5-6-7",
  })
  void dashedAddress_isWrittenAndRead(String address, String label) {
    IpAddress ip = IpAddress.parse(address);
    byte[] out = new byte[DashedAddress.MAX_LABEL];
    int length = DashedAddress.format(ip.isV4(), ip.highBits(), ip.lowBits(), out, 0);

    assertThat(new String(out, 1, length - 1, java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo(label);
    DashedAddress read = new DashedAddress();
    assertThat(read.parse(WireName.of(label + ".x"), 0)).isTrue();
    assertThat(read.isV4()).isEqualTo(ip.isV4());
    assertThat(read.high()).isEqualTo(ip.highBits());
    assertThat(read.low()).isEqualTo(ip.lowBits());
  }

  @Test
  void dashedAddress_agreesWithTheTextOfRandomAddresses() {
    Random random = new Random(3);
    DashedAddress read = new DashedAddress();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[16];
      random.nextBytes(bytes);
      for (int b = 0; b < 16; b += 2) {
        if (random.nextBoolean()) {
          Arrays.fill(bytes, b, b + 2, (byte) 0);
        }
      }
      bytes[0] |= 1;
      IpAddress ip = IpAddress.ofBytes(bytes);
      byte[] out = new byte[DashedAddress.MAX_LABEL];
      int length = DashedAddress.format(false, ip.highBits(), ip.lowBits(), out, 0);
      String label = new String(out, 1, length - 1, java.nio.charset.StandardCharsets.US_ASCII);
      String expected = ip.toString().replace(':', '-');
      assertThat(label).isEqualTo(expected.endsWith("-") ? expected + "0" : expected);
      // Four labels would be read as IPv4.
      if (label.chars().filter(c -> c == '-').count() != 3 || label.contains("--")) {
        assertThat(read.parse(WireName.of(label), 0)).describedAs(label).isTrue();
        assertThat(IpAddress.ofIpv6(read.high(), read.low())).isEqualTo(ip);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "blah",
        "1-2-3",
        "1-2-3-256",
        "1-2-3-x",
        "1---2",
        "1--2--3",
        "12345--1",
        "-",
        "a-b-c-d",
        "1-2-3-4-5-6-7-8-9"
      })
  void dashedAddress_refusesOtherLabels(String label) {
    assertThat(new DashedAddress().parse(WireName.of(label), 0)).isFalse();
  }
}
