// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects.IngressBuilder;
import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ingresses that take a part of the requests of another one. */
class CanaryAnnotationsTest {
  @ParameterizedTest(name = "{0}; header {1}, cookie {2}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "canary-by-header=X-Canary                                   | always | ''     | canary",
        "canary-by-header=X-Canary                                   | never  | ''     | web",
        "canary-by-header=X-Canary                                   | other  | ''     | weights",
        "canary-by-header=X-Canary                                   | ''     | ''     | weights",
        "canary-by-header=X-Canary; canary-by-header-value=yes       | yes    | ''     | canary",
        "canary-by-header=X-Canary; canary-by-header-value=yes       | always | ''     | weights",
        "canary-by-header=X-Canary; canary-by-header-value=yes       | never  | ''     | weights",
        "canary-by-header=X-Canary; canary-by-header-pattern=^v[0-9]+$ | v12  | ''     | canary",
        "canary-by-header=X-Canary; canary-by-header-pattern=^v[0-9]+$ | x    | ''     | weights",
        "canary-by-header=X-Canary; canary-by-header-pattern=^v; canary-by-header-value=yes | v1 | '' | weights",
        "canary-by-cookie=who                                        | ''     | always | canary",
        "canary-by-cookie=who                                        | ''     | never  | web",
        "canary-by-cookie=who                                        | ''     | maybe  | weights",
        "canary-by-header=X-Canary; canary-by-cookie=who             | never  | always | web",
        "canary-by-header=X-Canary; canary-by-cookie=who             | other  | always | canary",
      })
  void headerDecidesThenCookieThenWeight(
      String annotations, String header, String cookie, String decided) {
    Annotated result = pair(annotations);
    assertThat(result.told()).isEmpty();
    FakeRequest request =
        FakeRequest.request(
            "GET", "http://h/", "X-Canary", header, "Cookie", "a=b; who=" + cookie + "; c=d");
    result.send(request);
    BackendRef to = request.forwardedTo();
    assertThat(to == null ? "weights" : service(to)).isEqualTo(decided);
  }

  @ParameterizedTest(name = "{0}: {1} to {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "canary-weight=0                            | 100 | 0",
        "canary-weight=30                           | 70  | 30",
        "canary-weight=100                          | 0   | 100",
        "canary-weight=100; canary-weight-total=200 | 100 | 100",
        "canary-weight=300; canary-weight-total=200 | 0   | 200",
        "canary-weight=10; canary-weight-total=50   | 90  | 10",
        "canary-by-header=X                         | 100 | 0",
      })
  void weightsShareTheRest(String annotations, int main, int canary) {
    Route route = pair(annotations).route("http://h/");
    List<BackendRef> backends = ((RouteAction.Forward) route.action()).backends();
    assertThat(backends)
        .extracting(CanaryAnnotationsTest::service)
        .containsExactly("web", "canary");
    assertThat(backends).extracting(BackendRef::weight).containsExactly(main, canary);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "canary-weight=half", "canary-weight=-1", "canary-weight-total=0",
        "canary-by-header=X Y", "canary-by-cookie=a=b",
            "canary-by-header=X; canary-by-header-pattern=(",
      })
  void valueThatIsNotAllowedMakesNoCanaryOfAnybody(String annotations) {
    Annotated result = pair(annotations);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    FakeRequest request = FakeRequest.request("GET", "http://h/", "X", "always");
    result.send(request);
    assertThat(request.forwardedTo()).isNull();
  }

  @Test
  void canaryNeedsAnIngressWithTheSamePath() {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            main().build(),
            canary("canary-weight=100").host("h").prefix("/other", "canary").build(),
            Annotated.ingress("c", "canary=true; canary-weight=100")
                .host("alone")
                .prefix("/", "canary")
                .build(),
            Annotated.ingress("d", "canary=true; canary-weight=100")
                .defaultBackend("canary")
                .build());
    assertThat(result.get("http://alone/")).isEqualTo("no route");
    assertThat(result.get("http://nobody/")).isEqualTo("no route");
    assertThat(result.route("http://h/other").action())
        .isEqualTo(result.route("http://h/").action());
    assertThat(result.reasons()).containsOnly("CanaryIgnored").hasSize(2);
  }

  @Test
  void olderCanaryIsFoundAsWell() {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            main().createdSecond(9).build(),
            canary("canary-weight=30").createdSecond(1).host("h").prefix("/", "canary").build());
    assertThat(((RouteAction.Forward) result.route("http://h/").action()).backends()).hasSize(2);
    assertThat(result.told()).isEmpty();
  }

  @Test
  void pathHasOneCanary() {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            main().build(),
            canary("canary-weight=30").host("h").prefix("/", "canary").build(),
            Annotated.ingress("c", "canary=true")
                .createdSecond(9)
                .host("h")
                .prefix("/", "third")
                .build());
    assertThat(((RouteAction.Forward) result.route("http://h/").action()).backends())
        .extracting(CanaryAnnotationsTest::service)
        .containsExactly("web", "canary");
    assertThat(result.reasons()).containsExactly("CanaryIgnored");
  }

  @Test
  void otherAnnotationsAreThoseOfTheMainIngress() {
    Annotated result =
        Annotated.compile(
            Annotated.options(),
            Map.of(),
            Annotated.ingress("a", "backend-protocol=GRPC; app-root=/app; proxy-read-timeout=7")
                .host("h")
                .prefix("/", "web")
                .build(),
            canary("canary-weight=30; app-root=/ignored; load-balance=ewma")
                .host("h")
                .prefix("/", "canary")
                .build());
    Route route = result.route("http://h/");
    BackendRef.Service canary =
        (BackendRef.Service) ((RouteAction.Forward) route.action()).backends().getLast().target();
    assertThat(canary.upstream().protocol()).isEqualTo(BackendProtocol.HTTP2);
    assertThat(canary.upstream().balancing().algorithm())
        .isEqualTo(dev.fairway.ingress.route.Balancing.Algorithm.EWMA);
    assertThat(result.get("http://h/")).isEqualTo("302 http://h/app");
    assertThat(route.policy().readTimeout()).hasSeconds(7);
    assertThat(result.upstreams()).contains(canary.upstream());
  }

  private static Annotated pair(String annotations) {
    return Annotated.compile(
        Annotated.options(),
        Map.of(),
        main().build(),
        canary(annotations).host("h").prefix("/", "canary").build());
  }

  private static IngressBuilder main() {
    return Annotated.ingress("a", "").host("h").prefix("/", "web");
  }

  private static IngressBuilder canary(String annotations) {
    return Annotated.ingress("b", "canary=true;" + annotations).createdSecond(5);
  }

  private static String service(BackendRef backend) {
    return ((BackendRef.Service) backend.target()).upstream().port().service().name();
  }
}
