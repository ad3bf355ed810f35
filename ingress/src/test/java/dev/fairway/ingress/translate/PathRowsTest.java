// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.PathRows;
import dev.fairway.ingress.PathRows.Row;
import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rows of {@link PathRows} on the compiled table. */
class PathRowsTest {
  private static final TranslatorOptions OPTIONS =
      TranslatorOptions.of("fairway", "fairway.dev/ingress");

  @ParameterizedTest(name = "row {0}")
  @MethodSource("dev.fairway.ingress.PathRows#kubernetes")
  void rowOfTheTable(Row row) {
    assertThat(outcome(OPTIONS, row)).isEqualTo(row.outcome());
  }

  @ParameterizedTest(name = "compat, row {0}")
  @MethodSource("dev.fairway.ingress.PathRows#ingressNginx")
  void rowWhereIngressNginxDiffers(Row row) {
    assertThat(outcome(OPTIONS.withIngressNginx(true), row)).isEqualTo(row.outcome());
  }

  @Test
  void everyRowIsThere() {
    Set<String> numbers =
        PathRows.kubernetes().stream().map(Row::number).collect(Collectors.toSet());
    for (int number = 1; number <= 18; number++) {
      assertThat(numbers).contains(Integer.toString(number));
    }
    assertThat(numbers).contains("a", "b", "c", "d", "e");
  }

  private static String outcome(TranslatorOptions options, Row row) {
    Translation result =
        new IngressTranslator(options)
            .translate(
                new IngressObjects(
                    List.of(row.ingress()), List.of(TestObjects.fairwayClass()), Map.of(), null));
    assertThat(result.diagnostics()).isEmpty();
    FakeRequest request = FakeRequest.get("http://h" + row.request());
    Route route = result.routes().match(request.target(), "GET", request.head().fields());
    if (route == null) {
      return "404";
    }
    String becomes = request.through(route.filters());
    if (!becomes.startsWith("forward")) {
      return becomes;
    }
    RouteAction.Forward forward = (RouteAction.Forward) route.action();
    BackendRef.Service taken = (BackendRef.Service) forward.backends().getFirst().target();
    return taken.upstream().port().service().name();
  }
}
