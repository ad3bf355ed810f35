// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.PathRows.Row;
import dev.fairway.ingress.RawClient.Response;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rows of {@link PathRows} on sockets. */
class PathRowsIT {
  private static GatewayFixture spec;
  private static GatewayFixture compat;

  @BeforeAll
  static void start() throws IOException {
    spec = serving(GatewayFixture.options());
    IngressOptions options = GatewayFixture.options();
    compat = serving(options.withTranslator(options.translator().withIngressNginx(true)));
  }

  private static GatewayFixture serving(IngressOptions options) throws IOException {
    GatewayFixture fixture = new GatewayFixture(options);
    for (int i = 0; i < 4; i++) {
      fixture.service("s" + i, fixture.backend("s" + i));
    }
    return fixture;
  }

  @AfterAll
  static void stop() {
    compat.close();
    spec.close();
  }

  @ParameterizedTest(name = "row {0}")
  @MethodSource("dev.fairway.ingress.PathRows#kubernetes")
  void rowOfTheTable(Row row) throws IOException {
    assertThat(outcome(spec, row)).isEqualTo(row.outcome());
  }

  @ParameterizedTest(name = "compat, row {0}")
  @MethodSource("dev.fairway.ingress.PathRows#ingressNginx")
  void rowWhereIngressNginxDiffers(Row row) throws IOException {
    assertThat(outcome(compat, row)).isEqualTo(row.outcome());
  }

  private static String outcome(GatewayFixture fixture, Row row) throws IOException {
    fixture.ingresses(row.ingress());
    try (RawClient client = fixture.connect()) {
      Response response = client.get("h", row.request());
      if (response.status() == 200) {
        return response.body().lines().findFirst().orElse("").replace("backend=", "");
      }
      String location = response.field("Location");
      return response.status() + (location.isEmpty() ? "" : " " + location);
    }
  }
}
