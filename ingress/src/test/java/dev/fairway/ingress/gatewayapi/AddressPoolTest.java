// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.translate.gateway.GatewayAddresses;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
  private final AddressPool pool =
      new AddressPool(IpPrefix.parse("10.250.0.0/29"), Set.of(IpAddress.parse("10.250.0.1")));

  @Test
  void gatewaysGetTheLowestFreeAddressesButNotReservedOnes() {
    assertThat(assign(gateway("a"), gateway("b"))).isEqualTo("a=10.250.0.2 b=10.250.0.3");
  }

  @Test
  void aGatewayKeepsItsAddressWhateverOthersDo() {
    assign(gateway("a"), gateway("b"));
    assertThat(assign(gateway("0"), gateway("b"))).isEqualTo("0=10.250.0.2 b=10.250.0.3");
    assertThat(assign(gateway("b"), gateway("0"))).isEqualTo("0=10.250.0.2 b=10.250.0.3");
  }

  @Test
  void afterARestartTheStatusSaysWhatAGatewayHas() {
    assertThat(assign(gateway("a"), withStatus("b", "10.250.0.2")))
        .isEqualTo("a=10.250.0.3 b=10.250.0.2");
    assertThat(assign(withStatus("c", "192.0.2.1"))).isEqualTo("c=10.250.0.2");
  }

  @Test
  void anAddressThatIsAskedForIsGivenOrSaidNotToBeUsable() {
    assertThat(assign(gateway("a"), gateway("b", "10.250.0.2")))
        .isEqualTo("a=10.250.0.3 b=10.250.0.2");
    assertThat(assign(gateway("a", "10.250.0.4"), gateway("b", "10.250.0.4")))
        .isEqualTo("a=10.250.0.4 b=AddressNotUsable");
    assertThat(assign(gateway("a", "10.250.0.5", "192.0.2.1")))
        .isEqualTo("a=10.250.0.5 AddressNotUsable");
    assertThat(assign(gateway("a", "10.250.0.1"))).isEqualTo("a=AddressNotUsable");
  }

  @Test
  void anEmptyAddressStandsForAnyAddress() {
    assertThat(assign(gateway("a", ""))).isEqualTo("a=10.250.0.2");
  }

  @Test
  void aRangeThatIsUsedUpOrAbsentGivesNone() {
    List<Gateway> many = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      many.add(gateway("g" + i));
    }
    assertThat(assign(many.toArray(Gateway[]::new)))
        .endsWith("g5=10.250.0.7 g6=AddressNotAssigned g7=AddressNotAssigned");
    assertThat(text(new AddressPool(null, Set.of()), List.of(gateway("a"))))
        .isEqualTo("a=AddressNotAssigned");
  }

  private String assign(Gateway... gateways) {
    return text(pool, List.of(gateways));
  }

  private static String text(AddressPool pool, List<Gateway> gateways) {
    List<String> words = new ArrayList<>();
    new TreeMap<ObjectKey, GatewayAddresses>(pool.assign(gateways))
        .forEach((key, given) -> {
          List<String> parts = new ArrayList<>(given.values());
          if (given.problem() != null) {
            parts.add(given.problem());
          }
          words.add(key.name() + "=" + String.join(" ", parts));
        });
    return String.join(" ", words);
  }

  private static Gateway gateway(String name, String... addresses) {
    List<Gateway.Address> wanted = new ArrayList<>();
    for (String address : addresses) {
      wanted.add(new Gateway.Address(null, address));
    }
    return new Gateway(
        ObjectMeta.of("infra", name),
        new Gateway.Spec("fairway", List.of(), wanted, null, null, null),
        null);
  }

  private static Gateway withStatus(String name, String address) {
    Gateway gateway = gateway(name);
    return new Gateway(
        gateway.metadata(),
        gateway.spec(),
        new Gateway.Status(
            List.of(new Gateway.Address("IPAddress", address)), List.of(), List.of(), null));
  }
}
