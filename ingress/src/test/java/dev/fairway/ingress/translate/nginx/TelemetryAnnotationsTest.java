// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.Telemetry;
import dev.fairway.ingress.route.Telemetry.Trust;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of the requests of an Ingress. */
class TelemetryAnnotationsTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "'',                                      true,  true,  AS_CONFIGURED",
    "enable-access-log=false,                 false, true,  AS_CONFIGURED",
    "enable-access-log=FALSE,                 false, true,  AS_CONFIGURED",
    "enable-access-log=0,                     false, true,  AS_CONFIGURED",
    "enable-access-log=true,                  true,  true,  AS_CONFIGURED",
    "enable-opentelemetry=false,              true,  false, AS_CONFIGURED",
    "enable-opentelemetry=true,               true,  true,  AS_CONFIGURED",
    "opentelemetry-trust-incoming-span=true,  true,  true,  ALWAYS",
    "opentelemetry-trust-incoming-span=false, true,  true,  NEVER",
    "enable-access-log=,                      true,  true,  AS_CONFIGURED",
  })
  void isRead(String annotation, boolean logged, boolean traced, Trust trust) {
    Annotated web = Annotated.web(annotation);
    assertThat(web.route("https://h/").telemetry())
        .isEqualTo(new Telemetry(true, logged, traced, trust));
    assertThat(web.told()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "enable-access-log=off,                  AS_CONFIGURED",
    "enable-access-log=tRue,                 AS_CONFIGURED",
    "enable-opentelemetry=no,                AS_CONFIGURED",
    "opentelemetry-trust-incoming-span=some, NEVER",
  })
  void anotherTextIsToldAndTheSafeDefaultHolds(String annotation, Trust trust) {
    Annotated web = Annotated.web(annotation);
    assertThat(web.route("https://h/").telemetry())
        .isEqualTo(new Telemetry(true, true, true, trust));
    assertThat(web.told())
        .singleElement()
        .asString()
        .contains(annotation.substring(0, annotation.indexOf('=')), "\"true\" or \"false\"");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "canary,         canary=true; canary-weight=100",
    "of another one, enable-cors=true",
  })
  void theIngressOfThePathDecidesNotItsCanary(String row, String other) {
    Annotated both =
        Annotated.compile(
            Annotated.options(),
            java.util.Map.of(),
            Annotated.ingress("a", "enable-access-log=false").host("h").prefix("/", "web").build(),
            Annotated.ingress("b", other).host("h").prefix("/x", "web").build());
    assertThat(both.route("http://h/").telemetry().logged()).as(row).isFalse();
  }
}
