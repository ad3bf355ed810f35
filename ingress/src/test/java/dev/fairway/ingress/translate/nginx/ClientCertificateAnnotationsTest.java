// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.FakeRequest;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.tls.ClientCertificate;
import dev.fairway.ingress.tls.ClientCertificate.Result;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TlsSession;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that show who they are by certificates. */
class ClientCertificateAnnotationsTest {
  private static final Map<ObjectKey, Secret> CA =
      Annotated.secret("ca", Map.of("ca.crt", TestCertificates.create("ca.example").certificate()));
  private static final X509Certificate ANN =
      new TestCertificates.Authority("authority")
          .client("ann", Instant.now().plusSeconds(3600))
          .leaf();

  @ParameterizedTest(name = "{0}, certificate {1}: {2}")
  @CsvSource({
    "on, SUCCESS, forward h /",
    "on, NONE, 400",
    "on, FAILED, 400",
    "optional, SUCCESS, forward h /",
    "optional, NONE, forward h /",
    "optional, FAILED, 400",
    "optional_no_ca, FAILED, forward h /",
    "optional_no_ca, NONE, forward h /",
    "off, NONE, forward h /",
    "OFF, FAILED, forward h /",
  })
  void certificateDecides(String verify, Result result, String outcome) {
    Annotated annotated = Annotated.web("auth-tls-secret=ca; auth-tls-verify-client=" + verify, CA);
    assertThat(annotated.told()).isEmpty();
    assertThat(annotated.send(request(result))).isEqualTo(outcome);
  }

  @Test
  void plainHttpShowsNoCertificate() {
    assertThat(Annotated.web("auth-tls-secret=ca", CA).get("http://h/")).isEqualTo("400");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "CN=ann; forward h /",
        "CN=bob; 403",
        "'CN=(ann|bob)'; forward h /",
        "^CN=ann$; forward h /",
        "CN=an$; 403",
      })
  void subjectMustMatch(String expression, String outcome) {
    Annotated annotated = Annotated.web("auth-tls-secret=ca; auth-tls-match-cn=" + expression, CA);
    assertThat(annotated.send(request(Result.SUCCESS))).isEqualTo(outcome);
  }

  @Test
  void backendLearnsOnlyWhatTheHandshakeProved() {
    FakeRequest request =
        FakeRequest.request(
                "GET",
                "https://h/",
                "ssl-client-verify",
                "SUCCESS",
                "SSL-Client-Cert",
                "forged",
                "ssl-client-subject-dn",
                "CN=admin")
            .withSession(session(Result.SUCCESS, ANN));
    Annotated.web("auth-tls-secret=ca; auth-tls-pass-certificate-to-upstream=true", CA)
        .send(request);
    HttpFields fields = request.head().fields();
    assertThat(fields.combined("ssl-client-verify")).isEqualTo("SUCCESS");
    assertThat(fields.combined("ssl-client-subject-dn")).isEqualTo("CN=ann");
    assertThat(fields.combined("ssl-client-issuer-dn")).isEqualTo("CN=authority");
    String pem =
        URLDecoder.decode(
            Objects.requireNonNull(fields.combined("ssl-client-cert")), StandardCharsets.US_ASCII);
    assertThat(pem)
        .startsWith("-----BEGIN CERTIFICATE-----\n")
        .endsWith("-----END CERTIFICATE-----\n");
    FakeRequest none =
        FakeRequest.request("GET", "https://h/", "ssl-client-cert", "forged")
            .withSession(session(Result.NONE, null));
    Annotated.web("auth-tls-secret=ca; auth-tls-verify-client=optional", CA).send(none);
    assertThat(none.head().fields().combined("ssl-client-verify")).isEqualTo("NONE");
    assertThat(none.head().fields().combined("ssl-client-cert")).isNull();
  }

  @Test
  void errorPageTakesTheOthers() {
    Annotated annotated =
        Annotated.web("auth-tls-secret=ca; auth-tls-error-page=https://h2/why", CA);
    assertThat(annotated.send(request(Result.NONE))).isEqualTo("302 https://h2/why");
  }

  @Test
  void wholeHostIsGuardedAndAskedInTheHandshake() {
    Annotated annotated =
        Annotated.compile(
            Annotated.options(),
            CA,
            Annotated.ingress("a", "")
                .host("h")
                .prefix("/a", "a")
                .host("other")
                .prefix("/", "a")
                .build(),
            Annotated.ingress("b", "auth-tls-secret=ca; auth-tls-verify-depth=2")
                .createdSecond(5)
                .host("h")
                .prefix("/b", "b")
                .build());
    assertThat(annotated.get("https://h/a")).isEqualTo("400");
    assertThat(annotated.get("https://h/b")).isEqualTo("400");
    assertThat(annotated.get("https://other/")).isEqualTo("forward other /");
    assertThat(annotated.clients().keySet()).containsExactly("h");
    ClientVerification asked = Objects.requireNonNull(annotated.clients().get("h"));
    assertThat(asked.maxIntermediates()).isEqualTo(2);
    assertThat(asked.mode()).isEqualTo(ClientVerification.Mode.REPORT);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "auth-tls-secret=missing",
        "auth-tls-secret=",
        "auth-tls-secret=elsewhere/ca",
        "auth-tls-secret=empty",
        "auth-tls-secret=broken-list",
        "auth-tls-secret=empty-list",
        "auth-tls-secret=ca; auth-tls-verify-client=maybe",
        "auth-tls-secret=ca; auth-tls-match-cn=(",
        "auth-tls-secret=ca; auth-tls-match-cn=",
        "auth-tls-secret=ca; auth-tls-verify-depth=many",
        "auth-tls-secret=ca; auth-tls-error-page=javascript:x",
        "auth-tls-verify-client=on",
      })
  void whatCannotBeReadClosesTheHost(String annotations) {
    Map<ObjectKey, Secret> secrets = new java.util.HashMap<>(CA);
    secrets.putAll(Annotated.secret("empty", Map.of("ca.crt", "nothing")));
    String ca = TestCertificates.create("ca.example").certificate();
    secrets.putAll(Annotated.secret("broken-list", Map.of("ca.crt", ca, "ca.crl", "nothing")));
    secrets.putAll(Annotated.secret("empty-list", Map.of("ca.crt", ca, "ca.crl", "")));
    Annotated annotated = Annotated.web(annotations, secrets);
    assertThat(annotated.send(request(Result.SUCCESS))).isEqualTo("503");
    assertThat(annotated.reasons()).contains("AnnotationInvalid");
  }

  @Test
  void listsOfRevokedCertificatesAreReadFromTheSecret() {
    TestCertificates.Authority authority = new TestCertificates.Authority("authority");
    String list = authority.revoked(Instant.now(), Instant.now().plusSeconds(60), ANN);
    String ca = TestCertificates.create("ca.example").certificate();
    Annotated annotated =
        Annotated.web(
            "auth-tls-secret=both",
            Annotated.secret("both", Map.of("ca.crt", ca, "ca.crl", list + list)));
    assertThat(annotated.told()).isEmpty();
    assertThat(Objects.requireNonNull(annotated.clients().get("h")).revocations()).hasSize(2);
  }

  private static FakeRequest request(Result result) {
    return FakeRequest.get("https://h/")
        .withSession(session(result, result == Result.NONE ? null : ANN));
  }

  private static TlsSession session(Result result, @Nullable X509Certificate leaf) {
    return new TlsSession(
        "h",
        "TLSv1.3",
        "TLS_AES_128_GCM_SHA256",
        new ClientCertificate(result, result == Result.FAILED ? "has expired" : "", leaf));
  }
}
