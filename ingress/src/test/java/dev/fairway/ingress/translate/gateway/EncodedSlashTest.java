// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import static dev.fairway.ingress.translate.gateway.Manifests.BASE;
import static dev.fairway.ingress.translate.gateway.Manifests.gateway;
import static dev.fairway.ingress.translate.gateway.Manifests.http;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.tls.TestCertificates;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoded slashes behind listeners that ask their clients for certificates. */
class EncodedSlashTest {
  private static final String GUARDED = "paths with %2F or %5C are answered with 400; infra/web:80";
  private static final String OPEN = "infra/web:80";
  private static final String LISTENERS =
      "{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: HTTPS, tls:"
          + " {certificateRefs: [{name: good}]}}";
  private static final String ROUTE = http("r", "rules: [{backendRefs: [{name: web, port: 80}]}]");
  private static final String PLAIN = gateway("edge", LISTENERS);

  @ParameterizedTest(name = "{0}")
  @CsvSource({"AllowValidOnly", "AllowInsecureFallback"})
  void areRefusedBehindTheListenerThatAsks(String mode) {
    World world = world(asking(mode), ROUTE);
    assertThat(world.answer("10.250.0.1", 443, "GET a/x")).isEqualTo(GUARDED);
    assertThat(world.answer("10.250.0.1", 80, "GET a/x")).isEqualTo(OPEN);
  }

  @Test
  void passWhereNobodyIsAsked() {
    assertThat(world(PLAIN, ROUTE).answer("10.250.0.1", 443, "GET a/x")).isEqualTo(OPEN);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"'\"true\"', true", "'\"false\"', false", "'\"yes\"', false"})
  void passWhereTheRouteSaysSo(String value, boolean passes) {
    String route =
        ROUTE.replace(
            "generation: 2",
            "generation: 2, annotations: {fairway.dev/allow-encoded-slashes: " + value + "}");
    assertThat(world(asking("AllowValidOnly"), route).answer("10.250.0.1", 443, "GET a/x"))
        .isEqualTo(passes ? OPEN : GUARDED);
  }

  @Test
  void areRefusedFromTheMomentThatTheListenerAsks() {
    GatewayTranslator translator =
        new GatewayTranslator(GatewayTranslator.CONTROLLER, InstantSource.system());
    World before = world(PLAIN, ROUTE);
    World after = world(asking("AllowValidOnly"), ROUTE);
    for (World world : new World[] {before, after, before}) {
      World compiled = World.of(translator.translate(world.objects(), world.addresses(), Map.of()));
      assertThat(compiled.answer("10.250.0.1", 443, "GET a/x"))
          .isEqualTo(world == after ? GUARDED : OPEN);
    }
  }

  private static World world(String gateway, String route) {
    String authority = TestCertificates.create("ca.example").certificate().replace("\n", "\n    ");
    return new World(
        BASE,
        gateway,
        route,
        GatewayTranslationTest.secrets(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca, namespace: infra}\ndata:\n"
            + "  ca.crt: |\n    "
            + authority);
  }

  private static String asking(String mode) {
    return PLAIN.replace(
        "listeners:",
        "tls: {frontend: {default: {validation: {mode: "
            + mode
            + ", caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]}}}}, listeners:");
  }
}
