// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.externalname.ExternalNameOptions;
import dev.fairway.kube.api.Ingress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Services that are only names, resolved by a DNS server of the test. */
class ExternalNameIT {
  private TestDns dns;
  private GatewayFixture fixture;
  private TestBackend backend;

  @BeforeEach
  void start() throws IOException {
    dns = new TestDns();
    dns.name("app.example.", "127.0.0.1");
    fixture = served(List.of(IpPrefix.parse("127.0.0.0/8")));
    backend = fixture.backend("outside");
  }

  @AfterEach
  void stop() {
    fixture.close();
    dns.close();
  }

  private GatewayFixture served(List<IpPrefix> allowed) throws IOException {
    return new GatewayFixture(
        GatewayFixture.options()
            .withExternalNames(new ExternalNameOptions(allowed, List.of(dns.address()))));
  }

  @Test
  void portByNumberOfAServiceWithoutPorts() {
    fixture.ingresses(byNumber(backend.port()));
    fixture.service(external("app.example"));
    awaitStatus(fixture, 200);
  }

  @Test
  void portByNumberAndByName() {
    fixture.service(external("app.example").port("http", backend.port()));
    fixture.ingresses(byNumber(backend.port()));
    awaitStatus(fixture, 200);
    fixture.ingresses(byName());
    awaitStatus(fixture, 200);
  }

  @Test
  void portLeadsToItsTarget() {
    fixture.service(
        external("app.example").externalPort("http", Protocol.TCP, 1, "", backend.port()));
    fixture.ingresses(byNumber(1));
    awaitStatus(fixture, 200);
    fixture.ingresses(byName());
    awaitStatus(fixture, 200);
  }

  @Test
  void numberThatIsNotListedStandsForItself() {
    fixture.service(external("app.example").port("other", 1));
    fixture.ingresses(byNumber(backend.port()));
    awaitStatus(fixture, 200);
  }

  @Test
  void nameWithATrailingDot() {
    fixture.ingresses(byNumber(backend.port()));
    fixture.service(external("app.example."));
    awaitStatus(fixture, 200);
  }

  @Test
  void nameThatCannotBeResolvedIs502UntilItCan() {
    fixture.ingresses(byNumber(backend.port()));
    fixture.service(external("missing.example"));
    awaitStatus(fixture, 502);
    fixture.service(external("app.example"));
    awaitStatus(fixture, 200);
  }

  @Test
  void deletedServiceIs503AndServedAgainWhenItIsBack() {
    fixture.ingresses(byNumber(backend.port()));
    fixture.service(external("app.example"));
    awaitStatus(fixture, 200);
    fixture.removeService("web");
    awaitStatus(fixture, 503);
    fixture.service(external("app.example"));
    awaitStatus(fixture, 200);
  }

  @Test
  void addressesOfTheNameAreFollowed() {
    dns.name("moving.example.");
    fixture.ingresses(byNumber(backend.port()));
    fixture.service(external("moving.example"));
    awaitStatus(fixture, 502);
    dns.name("moving.example.", "127.0.0.1");
    awaitStatus(fixture, 200);
  }

  @Test
  void serviceThatGetsEndpointsIsServedByThem() {
    fixture.ingresses(byName());
    fixture.service(external("missing.example").port("http", backend.port()));
    awaitStatus(fixture, 502);
    fixture.service("web", backend);
    awaitStatus(fixture, 200);
  }

  @Test
  void localAddressesAreRefusedUnlessAllowed() throws IOException {
    try (GatewayFixture strict = served(List.of())) {
      strict.ingresses(byNumber(backend.port()));
      strict.service(external("app.example"));
      awaitStatus(strict, 502);
      strict.service(external("127.0.0.1"));
      awaitStatus(strict, 502);
      assertThat(backend.requests).isEmpty();
    }
  }

  @Test
  void withoutTheFlagNamesAreNotServed() throws IOException {
    try (GatewayFixture without = new GatewayFixture()) {
      without.ingresses(byNumber(backend.port()));
      without.service(external("app.example"));
      awaitStatus(without, 503);
    }
  }

  /** A Service web that is only a name. */
  private static ServiceSettingsBuilder external(String name) {
    return ServiceInfo.Settings.of(TestObjects.NAMESPACE, "web")
        .type(ServiceType.EXTERNAL_NAME)
        .externalName(name);
  }

  private static Ingress byNumber(int port) {
    return TestObjects.ingress("a")
        .host("h")
        .path("Prefix", "/", TestObjects.backend("web", port))
        .build();
  }

  private static Ingress byName() {
    return TestObjects.ingress("a").host("h").prefix("/", "web").build();
  }

  private static void awaitStatus(GatewayFixture gateway, int expected) {
    Map<Integer, Integer> seen = new HashMap<>();
    try {
      GatewayFixture.await(() -> {
        int status = status(gateway);
        seen.merge(status, 1, Integer::sum);
        return status == expected;
      });
    } catch (AssertionError never) {
      throw new AssertionError("expected " + expected + ", seen " + seen, never);
    }
  }

  private static int status(GatewayFixture gateway) {
    try (RawClient client =
        new RawClient(Objects.requireNonNull(gateway.gateway().httpAddress()))) {
      return client.get("h", "/").status();
    } catch (IOException unexpected) {
      throw new UncheckedIOException(unexpected);
    }
  }
}
