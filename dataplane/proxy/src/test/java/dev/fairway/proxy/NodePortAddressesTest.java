// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.service.IpAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NodePortAddressesTest {
  private static final List<IpAddress> NODE = addresses("10.20.30.51", "2001:db8::1");
  private static final List<IpAddress> MACHINE =
      addresses("127.0.0.1", "::1", "10.20.30.51", "100.200.201.1", "2001:db8::1", "2001:db8::2");

  @ParameterizedTest
  @MethodSource
  void resolve(List<String> entries, List<String> expected) {
    assertThat(NodePortAddresses.parse(entries).resolve(NODE, MACHINE))
        .containsExactlyInAnyOrderElementsOf(addresses(expected.toArray(new String[0])));
  }

  static Stream<Arguments> resolve() {
    List<String> v4 = List.of("127.0.0.1", "10.20.30.51", "100.200.201.1");
    List<String> v6 = List.of("::1", "2001:db8::1", "2001:db8::2");
    List<String> all = Stream.concat(v4.stream(), v6.stream()).toList();
    return Stream.of(
        argumentSet("empty is all", List.of(), all),
        argumentSet("all", List.of("all"), all),
        argumentSet(
            "one v4 address, all of v6", List.of("10.20.30.51/32"), with(v6, "10.20.30.51")),
        argumentSet("v4 zero prefix", List.of("0.0.0.0/0"), all),
        argumentSet("zero prefix and another", List.of("0.0.0.0/0", "10.0.0.0/8"), all),
        argumentSet("v6 only one", List.of("2001:db8::2/128"), with(v4, "2001:db8::2")),
        argumentSet(
            "both families",
            List.of("10.20.30.0/24", "100.200.201.0/24", "2001:db8::/64"),
            List.of("10.20.30.51", "100.200.201.1", "2001:db8::1", "2001:db8::2")),
        argumentSet(
            "loopback range", List.of("127.0.0.0/8", "::1/128"), List.of("127.0.0.1", "::1")),
        argumentSet("no match", List.of("192.0.2.0/24", "fd00::/8"), List.of()),
        argumentSet("primary", List.of("primary"), List.of("10.20.30.51", "2001:db8::1")),
        argumentSet("localhost", List.of("localhost"), List.of("127.0.0.1", "::1")),
        argumentSet(
            "primary and localhost",
            List.of("primary", "localhost"),
            List.of("10.20.30.51", "2001:db8::1", "127.0.0.1", "::1")));
  }

  @Test
  void nonsense_isRefused() {
    assertThatThrownBy(() -> NodePortAddresses.parse(List.of("secondary")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("secondary");
  }

  private static List<String> with(List<String> list, String one) {
    return Stream.concat(list.stream(), Stream.of(one)).toList();
  }

  private static List<IpAddress> addresses(String... texts) {
    return Stream.of(texts).map(IpAddress::parse).toList();
  }
}
