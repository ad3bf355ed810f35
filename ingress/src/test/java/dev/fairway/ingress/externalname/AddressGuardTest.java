// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.externalname;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a name may not lead: to what is served to this machine alone. */
class AddressGuardTest {
  private static final Set<IpAddress> OWN = Set.of(IpAddress.parse("10.1.1.1"));

  @ParameterizedTest(name = "{0}:{1} is admitted: {2}")
  @CsvSource({
    "192.0.2.1, 80, true",
    "10.1.1.2, 80, true",
    "2001:db8::1, 443, true",
    "127.0.0.1, 80, false",
    "127.255.255.254, 6443, false",
    "0.0.0.0, 80, false",
    "169.254.169.254, 80, false",
    "224.0.0.1, 80, false",
    "255.255.255.255, 80, false",
    "::, 80, false",
    "::1, 80, false",
    "::ffff:127.0.0.1, 80, false",
    "64:ff9b::7f00:1, 80, false",
    "fe80::1, 80, false",
    "ff02::1, 80, false",
    "10.1.1.1, 80, false",
    "10.1.1.1, 5432, true",
  })
  void localAddressesAreRefused(String address, int port, boolean admitted) {
    AddressGuard guard = new AddressGuard(List.of(), () -> OWN, () -> Set.of(80, 443));
    assertThat(guard.admits(IpAddress.parse(address), port)).isEqualTo(admitted);
  }

  @ParameterizedTest(name = "{0} where 127.0.0.0/8 is allowed: {1}")
  @CsvSource({"127.0.0.1, true", "169.254.1.1, false"})
  void unlessTheyAreAllowed(String address, boolean admitted) {
    AddressGuard guard = new AddressGuard(List.of(IpPrefix.parse("127.0.0.0/8")), Set::of, Set::of);
    assertThat(guard.admits(IpAddress.parse(address), 80)).isEqualTo(admitted);
  }
}
