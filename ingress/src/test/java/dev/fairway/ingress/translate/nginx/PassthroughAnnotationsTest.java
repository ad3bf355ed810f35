// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.TestObjects.IngressBuilder;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.kube.api.Ingress;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Backends that end the TLS of their hosts: who does, and who is told that he does not. */
class PassthroughAnnotationsTest {
  private static final TranslatorOptions ALLOWED = Annotated.options().withPassthrough(true);

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "Prefix, /, shop/web:http",
    "ImplementationSpecific, /, shop/web:http",
    "ImplementationSpecific, '', shop/web:http",
    "Exact, /, none",
    "Prefix, /app, none",
  })
  void backendOfTheWholeHostEndsItsTls(String type, String path, String expected) {
    Annotated result = Annotated.path(ALLOWED, type, path, "ssl-passthrough=true");
    assertThat(end(result, "h")).isEqualTo(expected);
    assertThat(result.reasons())
        .hasSize(expected.equals("none") ? 1 : 0)
        .allMatch("AnnotationInvalid"::equals);
  }

  @Test
  void otherPathsMayStandBesideAndAreServedOverPlainHttp() {
    Annotated result = compile(passing("a").host("h").prefix("/app", "app").prefix("/", "web"));
    assertThat(end(result, "h")).isEqualTo("shop/web:http");
    assertThat(result.get("http://h/app")).isEqualTo("forward h /app");
    assertThat(result.told()).isEmpty();
  }

  @Test
  void defaultBackendOfTheIngressServesWhereNoPathIsSlash() {
    Annotated result = compile(passing("a").host("h").prefix("/app", "app").defaultBackend("rest"));
    assertThat(end(result, "h")).isEqualTo("shop/rest:http");
  }

  @Test
  void wildcardsAndAliasesPassToo() {
    Annotated result =
        compile(
            Annotated.ingress("a", "ssl-passthrough=true; server-alias=other")
                .host("*.h")
                .prefix("/", "web"));
    assertThat(result.passthrough()).containsOnlyKeys("*.h", "other");
  }

  @Test
  void hostWithoutANameCannotPass() {
    Annotated result = compile(passing("a").host("").prefix("/", "web"));
    assertThat(result.passthrough()).isEmpty();
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
  }

  @Test
  void withoutTheFlagTheOwnerIsTold() {
    Annotated result = Annotated.web("ssl-passthrough=true");
    assertThat(result.passthrough()).isEmpty();
    assertThat(result.told())
        .singleElement()
        .asString()
        .startsWith("UnsupportedAnnotation")
        .contains("--enable-ssl-passthrough");
  }

  @Test
  void valueThatIsNoTruthValueIsTold() {
    Annotated result = Annotated.path(ALLOWED, "Prefix", "/", "ssl-passthrough=maybe");
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.passthrough()).isEmpty();
  }

  @Test
  void olderIngressThatHasTlsKeepsIt() {
    Annotated result =
        compile(
            TestObjects.ingress("a").tls("", "h").host("h").prefix("/", "web"),
            passing("b").createdSecond(1).host("h").prefix("/", "mine"));
    assertThat(result.passthrough()).isEmpty();
    assertThat(result.reasons()).containsExactly("Conflict", "Conflict");
  }

  @Test
  void youngerIngressLearnsThatItsTlsIsNotServed() {
    Annotated result =
        compile(
            passing("a").host("h").prefix("/", "web"),
            TestObjects.ingress("b").createdSecond(1).tls("", "h").host("h").prefix("/app", "app"));
    assertThat(end(result, "h")).isEqualTo("shop/web:http");
    assertThat(result.told())
        .singleElement()
        .asString()
        .isEqualTo("Conflict the TLS of h is ended by a backend of Ingress shop/a");
  }

  private static IngressBuilder passing(String name) {
    return Annotated.ingress(name, "ssl-passthrough=true");
  }

  private static Annotated compile(IngressBuilder... ingresses) {
    return Annotated.compile(
        ALLOWED,
        Map.of(),
        Arrays.stream(ingresses).map(IngressBuilder::build).toArray(Ingress[]::new));
  }

  private static String end(Annotated result, String host) {
    return String.valueOf(result.passthrough().getOrDefault(host, "none"));
  }
}
