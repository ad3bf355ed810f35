// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.ingress.translate.admission.Finding.Severity;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class AdmissionReviewTest {
  private static final String NGINX = "nginx.ingress.kubernetes.io/";
  private static final IngressCheck CHECK =
      new IngressCheck(TranslatorOptions.of("fairway", "fairway.dev/ingress"));

  private static TestObjects.IngressBuilder web() {
    return TestObjects.ingress("web").host("shop.example").prefix("/", "web");
  }

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource({
    "configuration-snippet, 'more_set_headers x;', RefusedAnnotation",
    "server-snippet,        'location / {}',       RefusedAnnotation",
    "proxy-read-timeout,    soon,                  AnnotationInvalid",
    "permanent-redirect,    'javascript:alert(1)', AnnotationInvalid",
  })
  void annotationsThatAreRefusedOrInvalidAreDenied(String key, String value, String reason) {
    JsonNode response = review(web().annotation(NGINX + key, value).build());
    assertThat(response.path("allowed").asBoolean()).isFalse();
    assertThat(response.path("status").path("message").asString()).contains(reason, key);
    assertThat(response.path("uid").asString()).isEqualTo("review-1");
  }

  @Test
  void keysThatAreUnknownAreWarnedOf() {
    JsonNode response = review(web().annotation(NGINX + "rate-limit", "5").build());
    assertThat(response.path("allowed").asBoolean()).isTrue();
    assertThat(response.path("warnings").get(0).asString()).contains("rate-limit", "limit-rps");
  }

  @Test
  void hostAndPathOfAnotherIngressAreDenied() {
    Ingress other = TestObjects.ingress("other").host("shop.example").prefix("/", "other").build();
    assertThat(review(web().build(), other).path("status").path("message").asString())
        .contains("Conflict", "shop/other");
    Ingress elsewhere =
        TestObjects.ingress("other").host("shop.example").prefix("/other", "other").build();
    assertThat(review(web().build(), elsewhere).path("allowed").asBoolean()).isTrue();
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "Prefix,                 /a/.*,   ERROR",
    "Exact,                  /a/(b),  ERROR",
    "Prefix,                 /a.b/c+, ''",
    "ImplementationSpecific, /a/.*,   ''",
  })
  void expressionsInPathsThatAreNoneAreTold(String type, String path, String severity) {
    IngressCheck nginx =
        new IngressCheck(
            TranslatorOptions.of("nginx", "k8s.io/ingress-nginx").withIngressNginx(true));
    Ingress ingress =
        TestObjects.ingress("web")
            .host("shop.example")
            .path(type, path, TestObjects.backend("web"))
            .build();
    assertThat(
            nginx.checkAll(List.of(ingress)).stream()
                .filter(finding -> finding.reason().equals("ExpressionInPath"))
                .map(finding -> finding.severity().name())
                .findFirst()
                .orElse(""))
        .isEqualTo(severity);
  }

  @Test
  void canaryOfAnotherIngressIsAllowed() {
    Ingress other = TestObjects.ingress("other").host("shop.example").prefix("/", "other").build();
    Ingress canary =
        web().annotation(NGINX + "canary", "true").annotation(NGINX + "canary-weight", "5").build();
    assertThat(review(canary, other).path("allowed").asBoolean()).isTrue();
  }

  @Test
  void changeOfAnIngressIsNoConflictWithItself() {
    assertThat(review(web().build(), web().build()).path("allowed").asBoolean()).isTrue();
  }

  @Test
  void ownerOfAPathMayChangeItThoughYoungerOnesWantItToo() {
    Ingress younger =
        TestObjects.ingress("other")
            .createdSecond(10)
            .host("shop.example")
            .prefix("/", "other")
            .build();
    assertThat(review(web().build(), web().build(), younger).path("allowed").asBoolean()).isTrue();
  }

  @Test
  void missingServicesAndSecretsMayComeLater() {
    assertThat(review(web().tls("missing", "shop.example").build()).path("allowed").asBoolean())
        .isTrue();
  }

  @Test
  void otherClassesAndOtherKindsPass() {
    Ingress foreign = web().className("other").annotation(NGINX + "server-snippet", "x").build();
    assertThat(review(foreign).path("allowed").asBoolean()).isTrue();
    ObjectNode pod = request(KubeCodec.json().createObjectNode(), "Pod");
    assertThat(answer(pod, List.of()).path("allowed").asBoolean()).isTrue();
  }

  @Test
  void ingressThatCannotBeReadIsDenied() {
    ObjectNode broken = KubeCodec.json().createObjectNode();
    broken.putObject("metadata").put("name", "web");
    broken.putObject("spec").put("rules", "none");
    assertThat(answer(request(broken, "Ingress"), List.of()).path("allowed").asBoolean()).isFalse();
  }

  @Test
  void everythingPassesAsLongAsNothingIsKnown() {
    AdmissionReview review = new AdmissionReview(CHECK, () -> null);
    byte[] body = bytes(web().annotation(NGINX + "server-snippet", "x").build());
    assertThat(KubeCodec.json().readTree(review.answer(body)).at("/response/allowed").asBoolean())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{", "null", "{\"kind\":\"AdmissionReview\"}", "{\"request\":{}}"})
  void bodiesThatAreNoReviewsAreRefused(String body) {
    AdmissionReview review = new AdmissionReview(CHECK, () -> objects(List.of()));
    assertThatThrownBy(() -> review.answer(body.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The ConfigMap has the name of the Ingress here. */
  @Test
  void whatIsWrongWithTheConfigMapIsNotHeldAgainstAnIngress() {
    ConfigMap config =
        new ConfigMap(
            ObjectMeta.of("shop", "web"),
            Map.of("http-redirect-code", "200", "no-such-key", "x"),
            Map.of());
    IngressObjects existing =
        new IngressObjects(List.of(), List.of(TestObjects.fairwayClass()), Map.of(), null, config);
    assertThat(CHECK.check(web().build(), existing)).isEmpty();
  }

  @Test
  void manifestsAreCheckedWhateverTheirClass() {
    Ingress nginx =
        web()
            .className("nginx")
            .annotation(NGINX + "server-snippet", "x")
            .annotation(NGINX + "auth-type", "basic")
            .annotation(NGINX + "no-such-key", "x")
            .build();
    assertThat(CHECK.checkAll(List.of(nginx)))
        .extracting(Finding::severity, Finding::reason)
        .contains(
            org.assertj.core.groups.Tuple.tuple(Severity.ERROR, "RefusedAnnotation"),
            org.assertj.core.groups.Tuple.tuple(Severity.WARNING, "UnknownAnnotation"),
            org.assertj.core.groups.Tuple.tuple(Severity.NOTE, "DifferentAnnotation"));
  }

  private static JsonNode review(Ingress candidate, Ingress... existing) {
    AdmissionReview review = new AdmissionReview(CHECK, () -> objects(List.of(existing)));
    return KubeCodec.json().readTree(review.answer(bytes(candidate))).path("response");
  }

  private static JsonNode answer(ObjectNode request, List<Ingress> existing) {
    AdmissionReview review = new AdmissionReview(CHECK, () -> objects(existing));
    byte[] body = KubeCodec.json().writeValueAsBytes(request);
    return KubeCodec.json().readTree(review.answer(body)).path("response");
  }

  private static @Nullable IngressObjects objects(List<Ingress> existing) {
    return new IngressObjects(existing, List.of(TestObjects.fairwayClass()), Map.of(), null);
  }

  private static byte[] bytes(Ingress ingress) {
    ObjectNode object = KubeCodec.encode(Resource.INGRESSES, ingress);
    return KubeCodec.json().writeValueAsBytes(request(object, "Ingress"));
  }

  private static ObjectNode request(ObjectNode object, String kind) {
    ObjectNode review = KubeCodec.json().createObjectNode();
    review.put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
    ObjectNode request = review.putObject("request").put("uid", "review-1");
    request.putObject("kind").put("group", "networking.k8s.io").put("kind", kind);
    request.put("namespace", "shop").set("object", object);
    return review;
  }
}
