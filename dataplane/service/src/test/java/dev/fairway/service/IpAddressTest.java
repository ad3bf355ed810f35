// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, 10.1.2.3",
    "172.30.0.041, 172.30.0.41",
    "000.0.0.255, 0.0.0.255",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "fd00:0:0:1::, fd00:0:0:1::",
    "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "1:0:2:0:3:0:4:0, 1:0:2:0:3:0:4:0",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::ffff:10.1.2.3, 10.1.2.3",
    "64:ff9b::10.1.2.3, 64:ff9b::a01:203",
  })
  void parse_givesCanonicalText(String text, String canonical) {
    IpAddress address = IpAddress.parse(text);
    assertThat(address).hasToString(canonical);
    assertThat(IpAddress.ofBytes(address.toBytes())).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.",
        "a.b.c.d",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1%eth0",
        "1.2.3.4:80",
        "::1.2.3",
        "1:",
        "example.com"
      })
  void parse_refusesWhatIsNoAddress(String text) {
    assertThat(IpAddress.tryParse(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.0/24, 10.1.2.255, true",
    "10.1.2.0/24, 10.1.3.0, false",
    "' 10.1.2.0/28', 10.1.2.15, true",
    "203.0.113.000/025, 203.0.113.127, true",
    "203.0.113.000/025, 203.0.113.128, false",
    "0.0.0.0/0, 255.1.1.1, true",
    "0.0.0.0/0, ::1, false",
    "10.1.2.3/32, 10.1.2.3, true",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe00::1, false",
    "fd00::/72, fd00::ff:ffff:ffff:ffff, true",
    "fd00::/72, fd00::100:0:0:0, false",
    "::/0, ffff::, true",
  })
  void prefix_contains(String prefix, String address, boolean expected) {
    assertThat(IpPrefix.parse(prefix).contains(IpAddress.parse(address))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "/8", "fd00::/129"})
  void prefix_refusesWhatIsNoCidr(String text) {
    assertThat(IpPrefix.tryParse(text)).isNull();
  }

  @Test
  void prefix_dropsHostBits() {
    assertThat(IpPrefix.parse("10.1.2.3/8")).isEqualTo(IpPrefix.parse("10.0.0.0/8"));
    assertThat(IpPrefix.parse("fd00::1/64")).hasToString("fd00::/64");
  }
}
