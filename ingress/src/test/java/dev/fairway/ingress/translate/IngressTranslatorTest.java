// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.filter.HttpsRedirect;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.service.ServiceSnapshot;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From objects to routes, and what is said about objects that are wrong. */
class IngressTranslatorTest {
  private final IngressTranslator translator =
      new IngressTranslator(TranslatorOptions.of("fairway", "fairway.dev/ingress"));

  @ParameterizedTest(name = "annotation {0}, field {1}, our class is default {2}: ours {3}")
  @CsvSource({
    "fairway, , false, true",
    "nginx, , true, false",
    "nginx, fairway, false, false",
    "fairway, other, false, true",
    ", fairway, false, true",
    ", second, false, true",
    ", other, false, false",
    ", missing, false, false",
    ", , false, false",
    ", , true, true",
  })
  void classDecidesWhoseAnIngressIs(
      String annotation, String field, boolean isDefault, boolean ours) {
    TestObjects.IngressBuilder ingress =
        TestObjects.ingress("web").className(field).defaultBackend("a");
    if (annotation != null) {
      ingress.annotation("kubernetes.io/ingress.class", annotation);
    }
    List<IngressClass> classes =
        List.of(
            TestObjects.ingressClass("fairway", "fairway.dev/ingress", isDefault),
            TestObjects.ingressClass("second", "fairway.dev/ingress", false),
            TestObjects.ingressClass("other", "example.com/other", false));
    Translation result =
        translator.translate(new IngressObjects(List.of(ingress.build()), classes, Map.of(), null));
    assertThat(result.accepted().contains(new ObjectKey("shop", "web"))).isEqualTo(ours);
    assertThat(match(result, "h", "/") != null).isEqualTo(ours);
  }

  @Test
  void oldestIngressWinsAndTheLoserIsTold() {
    Translation result =
        translate(
            TestObjects.ingress("young").createdSecond(9).host("h").prefix("/", "young").build(),
            TestObjects.ingress("old").createdSecond(1).host("h").prefix("/", "old").build());
    assertThat(backend(result, "h", "/")).isEqualTo("shop/old:http");
    assertThat(reasons(result)).containsExactly("young Conflict");
    assertThat(result.diagnostics().getFirst().message()).contains("Ingress shop/old");
  }

  @Test
  void sameAgeIsDecidedByName() {
    Translation result =
        translate(
            TestObjects.ingress("b").host("h").prefix("/", "second").build(),
            TestObjects.ingress("a").host("h").prefix("/", "first").build());
    assertThat(backend(result, "h", "/")).isEqualTo("shop/first:http");
    assertThat(reasons(result)).containsExactly("b Conflict");
  }

  @Test
  void differentPathsOfOneHostMergeAcrossNamespaces() {
    Translation result =
        translate(
            TestObjects.ingress("a").host("h").prefix("/a", "a").build(),
            TestObjects.ingress("b").namespace("blog").host("h").prefix("/b", "b").build());
    assertThat(backend(result, "h", "/a")).isEqualTo("shop/a:http");
    assertThat(backend(result, "h", "/b")).isEqualTo("blog/b:http");
    assertThat(result.diagnostics()).isEmpty();
  }

  @Test
  void exactAndPrefixOfOnePathAreNoConflict() {
    Translation result =
        translate(TestObjects.ingress("a").host("h").prefix("/x", "p").exact("/x", "e").build());
    assertThat(backend(result, "h", "/x")).isEqualTo("shop/e:http");
    assertThat(result.diagnostics()).isEmpty();
  }

  @Test
  void oldestCatchAllIsTheDefaultOfEverything() {
    Translation result =
        translate(
            TestObjects.ingress("young").createdSecond(2).defaultBackend("young").build(),
            TestObjects.ingress("old").createdSecond(1).defaultBackend("old").build());
    assertThat(backend(result, "any", "/")).isEqualTo("shop/old:http");
    assertThat(reasons(result)).containsExactly("young Conflict");
  }

  @Test
  void defaultBackendOfAnIngressWithRulesServesItsOwnHostsOnly() {
    Translation result =
        translate(
            TestObjects.ingress("a").host("h").prefix("/x", "x").defaultBackend("rest").build());
    assertThat(backend(result, "h", "/y")).isEqualTo("shop/rest:http");
    assertThat(match(result, "other", "/y")).isNull();
  }

  @Test
  void emptyImplementationSpecificPathIsEverything() {
    Translation result =
        translate(
            TestObjects.ingress("a")
                .host("h")
                .path("ImplementationSpecific", "", TestObjects.backend("a"))
                .build());
    assertThat(backend(result, "h", "/any")).isEqualTo("shop/a:http");
  }

  @Test
  void resourceBackendAnswers503OnItsPathOnly() {
    Ingress.Backend bucket =
        new Ingress.Backend(
            null, new Ingress.ResourceBackend("storage.example.com", "Bucket", "static"));
    Translation result =
        translate(
            TestObjects.ingress("a")
                .host("h")
                .path("Prefix", "/static", bucket)
                .prefix("/", "a")
                .build());
    Route route = match(result, "h", "/static/x");
    assertThat(route).isNotNull();
    assertThat(route.action()).isInstanceOf(RouteAction.Respond.class);
    assertThat(((RouteAction.Respond) route.action()).status()).isEqualTo(503);
    assertThat(backend(result, "h", "/")).isEqualTo("shop/a:http");
    assertThat(reasons(result)).containsExactly("a UnsupportedBackend");
  }

  @ParameterizedTest(name = "host {0}, type {1}, path {2}: {3}")
  @CsvSource({
    "'bad host', Prefix, /, InvalidHost",
    "*, Prefix, /, InvalidHost",
    "h, Regex, /, InvalidPath",
    "h, Exact, '', InvalidPath",
    "h, Prefix, foo, InvalidPath",
    "h, Prefix, /a/../../b, InvalidPath",
  })
  void brokenRuleIsReportedAndTheOthersAreServed(
      String host, String type, String path, String reason) {
    Translation result =
        translate(
            TestObjects.ingress("broken")
                .host(host)
                .path(type, path, TestObjects.backend("a"))
                .host("good")
                .prefix("/", "a")
                .build());
    assertThat(reasons(result)).containsExactly("broken " + reason);
    assertThat(backend(result, "good", "/")).isEqualTo("shop/a:http");
  }

  @Test
  void objectNobodyThoughtOfDoesNotStopTheOthers() {
    Ingress.Backend nameless =
        new Ingress.Backend(
            new Ingress.ServiceBackend(nothing(), new Ingress.ServicePort("http", null)), null);
    Translation result =
        translator.translate(
            new IngressObjects(
                List.of(
                    TestObjects.ingress("a").host("x").path("Prefix", "/", nameless).build(),
                    TestObjects.ingress("b").host("h").prefix("/", "b").build()),
                List.of(TestObjects.fairwayClass()),
                Map.of(),
                ServiceSnapshot.of(1, List.of(TestObjects.service("b", List.of())), Set.of())));
    assertThat(backend(result, "h", "/")).isEqualTo("shop/b:http");
  }

  @Test
  void missingServiceAndPortAreReportedOnceServicesAreKnown() {
    Ingress ingress =
        TestObjects.ingress("a")
            .host("h")
            .prefix("/missing", "missing")
            .path("Prefix", "/port", TestObjects.backend("web", 81))
            .path("Prefix", "/ok", TestObjects.backend("web", 80))
            .build();
    Translation result =
        translator.translate(
            new IngressObjects(
                List.of(ingress),
                List.of(TestObjects.fairwayClass()),
                Map.of(),
                ServiceSnapshot.of(1, List.of(TestObjects.service("web", List.of())), Set.of())));
    assertThat(reasons(result)).containsExactly("a ServiceNotFound", "a ServicePortNotFound");
    assertThat(translate(ingress).diagnostics()).isEmpty();
  }

  @ParameterizedTest(name = "{0}={1}, TLS {2}: redirect {3}")
  @CsvSource({
    "fairway.dev/ssl-redirect, true, true, true",
    "fairway.dev/ssl-redirect, true, false, false",
    "fairway.dev/ssl-redirect, false, true, false",
    "nginx.ingress.kubernetes.io/ssl-redirect, true, true, true",
    "nginx.ingress.kubernetes.io/force-ssl-redirect, true, false, true",
    "example.com/other, true, true, false",
  })
  void redirectToHttpsOnlyWhereAskedFor(
      String annotation, String value, boolean tls, boolean redirect) {
    TestObjects.IngressBuilder builder =
        TestObjects.ingress("a").annotation(annotation, value).host("h").prefix("/", "a");
    if (tls) {
      builder.tls("", "h");
    }
    Route route = match(translate(builder.build()), "h", "/");
    assertThat(route).isNotNull();
    assertThat(route.filters()).isEqualTo(redirect ? List.of(new HttpsRedirect(308)) : List.of());
  }

  @Test
  void annotationsThatAreNotSupportedAreNamed() {
    Translation result =
        translate(
            TestObjects.ingress("a")
                .annotation("nginx.ingress.kubernetes.io/enable-modsecurity", "true")
                .host("h")
                .prefix("/", "a")
                .build());
    assertThat(reasons(result)).containsExactly("a UnsupportedAnnotation");
    assertThat(result.diagnostics().getFirst().message()).contains("enable-modsecurity");
  }

  @Test
  void missingSecretIsReportedWhenSecretsAreKnown() {
    Ingress ingress = TestObjects.ingress("a").host("h").prefix("/", "a").tls("cert", "h").build();
    assertThat(reasons(translate(ingress))).containsExactly("a " + Reason.SECRET_NOT_FOUND.text());
  }

  private Translation translate(Ingress... ingresses) {
    return translator.translate(
        new IngressObjects(
            List.of(ingresses), List.of(TestObjects.fairwayClass()), Map.of(), null));
  }

  @SuppressWarnings("NullAway") // what a server could store before validation existed
  private static String nothing() {
    return null;
  }

  private static List<String> reasons(Translation result) {
    return result.diagnostics().stream()
        .map(d -> d.object().name() + " " + d.reason().text())
        .toList();
  }

  private static String backend(Translation result, String host, String path) {
    Route route = match(result, host, path);
    if (route == null) {
      return "404";
    }
    if (route.action() instanceof RouteAction.Forward forward
        && forward.backends().getFirst().target() instanceof BackendRef.Service service) {
      return service.upstream().toString();
    }
    return route.action().toString();
  }

  private static @Nullable Route match(Translation result, String host, String path) {
    return result.routes().match(new RequestTarget(host, host, path, ""), "GET", new HttpFields());
  }
}
