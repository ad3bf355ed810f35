// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.observe.SampleRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.ServiceName;
import dev.fairway.service.metrics.MetricsText;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatewayMetricsTest {
  private static final String LABELS =
      "kind=\"Ingress\",namespace=\"shop\",ingress=\"web\",service=\"\",host=\"shop.example\","
          + "path=\"/a\"";

  private final RequestMetrics metrics = new RequestMetrics(true, 3);

  @Test
  void countsByMethodAndStatus() {
    Route route = route("web", "shop.example", "/a");
    metrics.served(SampleRequest.of("GET", route, 200));
    metrics.served(SampleRequest.of("GET", route, 200));
    metrics.served(SampleRequest.of("POST", route, 502));
    metrics.served(SampleRequest.of("BREW", route, 418));
    assertThat(text())
        .contains(
            "fairway_ingress_requests_total{" + LABELS + ",method=\"GET\",status=\"200\"} 2\n",
            "fairway_ingress_requests_total{" + LABELS + ",method=\"POST\",status=\"502\"} 1\n",
            "fairway_ingress_requests_total{" + LABELS + ",method=\"other\",status=\"418\"} 1\n");
  }

  @Test
  void bucketsAreCumulative() {
    metrics.served(SampleRequest.of("GET", route("web", "shop.example", "/a"), 200));
    String name = "fairway_ingress_request_duration_seconds";
    assertThat(text())
        .contains(
            name + "_bucket{" + LABELS + ",le=\"0.025\"} 0\n",
            name + "_bucket{" + LABELS + ",le=\"0.05\"} 1\n",
            name + "_bucket{" + LABELS + ",le=\"+Inf\"} 1\n",
            name + "_sum{" + LABELS + "} 0.03\n",
            name + "_count{" + LABELS + "} 1\n");
  }

  @Test
  void countersGoOnWhenTheRouteIsCompiledAnew() {
    metrics.served(SampleRequest.of("GET", route("web", "shop.example", "/a"), 200));
    metrics.served(SampleRequest.of("GET", route("web", "shop.example", "/a"), 200));
    assertThat(text()).contains("method=\"GET\",status=\"200\"} 2\n");
  }

  @Test
  void backendsOfOneRouteAreToldApart() {
    Route route = route("web", "shop.example", "/a");
    for (String service : List.of("stable", "canary", "stable")) {
      metrics.served(SampleRequest.of("GET", route, 200).to(backend(service)));
    }
    assertThat(text())
        .containsPattern("requests_total\\{[^}]*service=\"stable\"[^}]*} 2\n")
        .containsPattern("requests_total\\{[^}]*service=\"canary\"[^}]*} 1\n");
  }

  @Test
  void whatIsBeyondTheBoundIsCountedTogether() {
    for (int i = 0; i < 10; i++) {
      metrics.served(SampleRequest.of("GET", route("web-" + i, "h", "/"), 200));
    }
    assertThat(metrics.series()).hasSize(4);
    assertThat(text()).containsPattern("requests_total\\{[^}]*path=\"_overflow\"[^}]*} 7\n");
  }

  @Test
  void namesOfClientsAreNoLabels() {
    metrics.served(SampleRequest.of("GET", null, 404).because(Why.NO_ROUTE));
    assertThat(text())
        .contains(
            "fairway_ingress_own_answers_total{why=\"no_route\",method=\"GET\",status=\"404\"} 1\n")
        .doesNotContain("shop.example");
  }

  @Test
  void hostsAreOneWhereNotAskedFor() {
    RequestMetrics together = new RequestMetrics(false, 10);
    together.served(SampleRequest.of("GET", route("web", "a", "/"), 200));
    together.served(SampleRequest.of("GET", route("web", "b", "/"), 200));
    assertThat(together.series()).singleElement().matches(series -> series.key.host().equals("_"));
  }

  @Test
  void quotesAndLineEndsAreEscaped() {
    assertThat(MetricsText.labels("a", "x\"y\\z\n", "b", ""))
        .isEqualTo("a=\"x\\\"y\\\\z\\n\",b=\"\"");
  }

  private String text() {
    MetricsText text = new MetricsText();
    new OwnNames(text).requests(metrics);
    return text.toString();
  }

  private static BackendRef backend(String service) {
    return BackendRef.to(
        UpstreamSpec.plain(new BackendPort(new ServiceName("shop", service), "http", 0)));
  }

  private static Route route(String ingress, String host, String path) {
    return new Route(
        "Ingress shop/" + ingress,
        RouteMatch.path(host, PathType.PREFIX, path),
        List.of(),
        new RouteAction.Respond(200, "fine"),
        RoutePolicy.DEFAULT);
  }
}
