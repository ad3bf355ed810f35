// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Secret;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Users and passwords: what is asked for, and what closes a path. */
class UserAnnotationsTest {
  private static final Map<ObjectKey, Secret> FILE =
      Annotated.secret("users", Map.of("auth", "# people\nann:{PLAIN}secret\n"));

  @Test
  void nobodyPassesWithoutCredentials() {
    Annotated result = Annotated.web("auth-type=basic; auth-secret=users; auth-realm=Shop!", FILE);
    assertThat(result.told()).isEmpty();
    FakeRequest request = FakeRequest.get("http://h/");
    assertThat(result.send(request)).isEqualTo("401");
    assertThat(request.response().get("www-authenticate")).isEqualTo("Basic realm=\"Shop!\"");
  }

  @ParameterizedTest(name = "Authorization: {0}")
  @CsvSource({"Bearer abc", "Basic", "Basic ????", "Basic YW5u", "Digest username=ann"})
  void credentialsThatAreNoneAreNone(String authorization) {
    Annotated result = Annotated.web("auth-type=basic; auth-secret=users", FILE);
    FakeRequest request = FakeRequest.request("GET", "http://h/", "Authorization", authorization);
    assertThat(result.send(request)).isEqualTo("401");
    assertThat(request.response().get("www-authenticate"))
        .isEqualTo("Basic realm=\"Authentication Required\"");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "auth-type=basic",
        "auth-type=basic; auth-secret=missing",
        "auth-type=basic; auth-secret=",
        "auth-type=basic; auth-secret=elsewhere/users",
        "auth-type=basic; auth-secret=users; auth-secret-type=auth-list",
        "auth-type=digest; auth-secret=users",
        "auth-type=; auth-secret=users",
        "auth-type=none; auth-secret=users",
        "auth-type=basic; auth-secret=empty",
      })
  void whatCannotBeReadClosesThePath(String annotations) {
    Map<ObjectKey, Secret> secrets = new java.util.HashMap<>(FILE);
    secrets.putAll(Annotated.secret("empty", Map.of("users", "ann:{PLAIN}secret")));
    Annotated result = Annotated.web(annotations, secrets);
    assertThat(result.send(authorized("ann", "secret"))).isEqualTo("503");
  }

  @Test
  void contentThatIsNoFileOfUsersLetsNobodyIn() {
    Annotated result =
        Annotated.web(
            "auth-type=basic; auth-secret=users",
            Annotated.secret("users", Map.of("auth", "garbage without a colon")));
    assertThat(result.send(authorized("ann", "secret"))).isEqualTo("401");
  }

  @Test
  void secretOfAnotherNamespaceIsReadOnlyWhereAllowed() {
    Secret foreign =
        new Secret(
            ObjectMeta.of("vault", "users"),
            "Opaque",
            Map.of(
                "auth",
                Base64.getEncoder()
                    .encodeToString(
                        "a:{PLAIN}b".getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
    TranslatorOptions options = Annotated.options();
    for (boolean allowed : new boolean[] {false, true}) {
      Annotated result =
          Annotated.compile(
              options.withForeignSecrets(allowed),
              Map.of(foreign.key(), foreign),
              Annotated.ingress("a", "auth-type=basic; auth-secret=vault/users")
                  .host("h")
                  .prefix("/", "web")
                  .build());
      assertThat(result.get("http://h/")).isEqualTo(allowed ? "401" : "503");
    }
  }

  @ParameterizedTest(name = "satisfy {0}, from {1}: {2}")
  @CsvSource({
    "any, 10.0.0.1, forward h /",
    "any, 11.0.0.1, 401",
    "all, 10.0.0.1, 401",
    "all, 11.0.0.1, 403",
    "ANY, 10.0.0.1, forward h /",
    "some, 10.0.0.1, 401",
  })
  void oneOfAddressAndUserIsEnoughWhereAskedFor(String satisfy, String address, String outcome) {
    Annotated result =
        Annotated.web(
            "auth-type=basic; auth-secret=users; allowlist-source-range=10.0.0.0/8; satisfy="
                + satisfy,
            FILE);
    assertThat(result.send(FakeRequest.from(address, "GET", "http://h/"))).isEqualTo(outcome);
  }

  @Test
  void brokenGuardIsNotMadeUpForByAnother() {
    Annotated result =
        Annotated.web(
            "auth-type=basic; auth-secret=missing; allowlist-source-range=10.0.0.0/8; satisfy=any");
    assertThat(result.send(FakeRequest.from("10.0.0.1", "GET", "http://h/"))).isEqualTo("503");
  }

  @Test
  void unknownFormsOfHashesAreTold() {
    Annotated result =
        Annotated.web(
            "auth-type=basic; auth-secret=users",
            Annotated.secret("users", Map.of("auth", "ann:xyBkVSiEyZ.uQ")));
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.told().getFirst()).doesNotContain("xyBk");
  }

  @Test
  void realmWithQuotesIsNotWritten() {
    Annotated result =
        Annotated.web("auth-type=basic; auth-secret=users; auth-realm=a\", x=\"b", FILE);
    FakeRequest request = FakeRequest.get("http://h/");
    result.send(request);
    assertThat(request.response().get("www-authenticate"))
        .isEqualTo("Basic realm=\"Authentication Required\"");
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
  }

  private static FakeRequest authorized(String user, String password) {
    String pair = user + ":" + password;
    return FakeRequest.request(
        "GET",
        "http://h/",
        "Authorization",
        "Basic "
            + Base64.getEncoder()
                .encodeToString(pair.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }
}
