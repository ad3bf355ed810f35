// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.filter.DefaultBackend;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.service.ServiceSnapshot;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A second backend: who it is, and when it is asked. */
class DefaultBackendAnnotationsTest {
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "default-backend=pages                                      | pages []",
        "default-backend=pages; custom-http-errors=404,503          | pages [404, 503]",
        "default-backend=pages; custom-http-errors=404, 404,        | pages [404]",
        "default-backend=pages; custom-http-errors=404; disable-proxy-intercept-errors=true | pages []",
      })
  void secondBackendIsNamed(String annotations, String expected) {
    Annotated result = translate(annotations);
    assertThat(result.told()).isEmpty();
    assertThat(second(result)).isEqualTo(expected);
    assertThat(result.upstreams()).hasSize(2);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "default-backend=missing",
        "default-backend=Bad_Name",
        "custom-http-errors=404",
        "default-backend=pages; custom-http-errors=200",
        "default-backend=pages; custom-http-errors=4xx",
        "default-backend=pages; disable-proxy-intercept-errors=x",
      })
  void valueThatIsNotAllowedIsTold(String annotations) {
    assertThat(translate(annotations).reasons()).containsExactly("AnnotationInvalid");
  }

  private static Annotated translate(String annotations) {
    return Annotated.withServices(
        ServiceSnapshot.of(
            1,
            List.of(TestObjects.service("web", List.of()), TestObjects.service("pages", List.of())),
            Set.of()),
        Annotated.ingress("a", annotations).host("h").prefix("/", "web").build());
  }

  private static String second(Annotated result) {
    RouteAction.Forward forward = (RouteAction.Forward) result.route("http://h/").action();
    BackendRef backend = forward.backends().getFirst();
    for (RouteFilter filter : backend.filters()) {
      if (filter instanceof DefaultBackend other) {
        return other.upstream().port().service().name()
            + " "
            + other.statuses().stream().sorted().toList();
      }
    }
    return "none";
  }
}
