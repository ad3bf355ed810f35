// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.filter.RequestMirror;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.UpstreamSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes, timeouts, further attempts, and how backends are talked to. */
class PolicyAnnotationsTest {
  @ParameterizedTest(name = "proxy-body-size {0}: {1} bytes")
  @CsvSource({
    "0, -1",
    "1, 1",
    "100, 100",
    "8k, 8192",
    "8K, 8192",
    "1m, 1048576",
    "2M, 2097152",
    "1g, 1073741824",
    "'', -1",
  })
  void bodySizeIsRead(String value, long bytes) {
    Annotated result = Annotated.web("proxy-body-size=" + value);
    assertThat(result.told()).isEmpty();
    assertThat(result.route("http://h/").policy().maxRequestBody()).isEqualTo(bytes);
  }

  @Test
  void ingressNginxTakesOneMebibyteByDefault() {
    Annotated result =
        Annotated.path(Annotated.options().withIngressNginx(true), "Prefix", "/", "");
    assertThat(result.route("http://h/").policy().maxRequestBody()).isEqualTo(1 << 20);
  }

  @ParameterizedTest(name = "{0}: connect {1} s, send {2} s, read {3} s")
  @CsvSource(
      delimiter = '|',
      value = {
        "''                         | 5 | 60 | 60",
        "proxy-connect-timeout=1    | 1 | 60 | 60",
        "proxy-send-timeout=7       | 5 | 7  | 60",
        "proxy-read-timeout=3600    | 5 | 60 | 3600",
      })
  void timeoutsAreSeconds(String annotations, int connect, int send, int read) {
    Annotated result = Annotated.web(annotations);
    RoutePolicy policy = result.route("http://h/").policy();
    assertThat(result.told()).isEmpty();
    assertThat(policy.connectTimeout()).hasSeconds(connect);
    assertThat(policy.sendTimeout()).hasSeconds(send);
    assertThat(policy.readTimeout()).hasSeconds(read);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "proxy-body-size=1t",
    "proxy-body-size=-1",
    "proxy-body-size=1.5m",
    "proxy-body-size=99999999999999999999",
    "proxy-connect-timeout=0",
    "proxy-read-timeout=60s",
    "proxy-send-timeout=+5",
    "proxy-read-timeout=-1",
    "proxy-read-timeout=9999999999",
    "proxy-next-upstream=error http_418",
    "proxy-next-upstream-tries=-1",
    "load-balance=fastest",
    "backend-protocol=SPDY",
    "upstream-hash-by=$nonsense",
  })
  void valueThatIsNotAllowedIsToldAndTheDefaultHolds(String annotation) {
    Annotated result = Annotated.web(annotation);
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.route("http://h/").policy()).isEqualTo(RoutePolicy.DEFAULT);
    assertThat(result.backend("http://h/").upstream())
        .isEqualTo(UpstreamSpec.plain(result.backend("http://h/").upstream().port()));
  }

  @Test
  void furtherAttemptsAreAsAskedFor() {
    assertThat(
            retries(
                "proxy-next-upstream=error timeout http_502 http_503; "
                    + "proxy-next-upstream-tries=5; proxy-next-upstream-timeout=9"))
        .isEqualTo(
            new RetryPolicy(5, java.time.Duration.ofSeconds(9), Set.of(502, 503), true, false));
    assertThat(retries("proxy-next-upstream=error non_idempotent").nonIdempotent()).isTrue();
    assertThat(retries("proxy-next-upstream=off").attempts()).isEqualTo(1);
    assertThat(retries("proxy-next-upstream-tries=0").attempts()).isEqualTo(100);
    assertThat(retries("")).isEqualTo(RetryPolicy.DEFAULT);
  }

  @ParameterizedTest(name = "{0}: {1} {2}")
  @CsvSource({
    "HTTP, HTTP1, false",
    "http, HTTP1, false",
    "HTTPS, HTTP1, true",
    "GRPC, HTTP2, false",
    "GRPCS, HTTP2, true",
    "AUTO_HTTP, HTTP1, false",
  })
  void backendProtocolIsChosen(String value, BackendProtocol protocol, boolean tls) {
    UpstreamSpec spec = Annotated.web("backend-protocol=" + value).backend("http://h/").upstream();
    assertThat(spec.protocol()).isEqualTo(protocol);
    assertThat(spec.tls() != null).isEqualTo(tls);
  }

  @ParameterizedTest(name = "mirror-target {0}: {1}")
  @CsvSource({
    "http://shadow.shop.svc.cluster.local, shop/shadow:80",
    "http://shadow.shop.svc:8080/any, shop/shadow:8080",
    "https://test.example.com/$request_uri, none",
    "shadow, none",
    "http://x{}, none",
  })
  void requestsAreCopiedToAServiceOfTheCluster(String target, String service) {
    Annotated result = Annotated.web("mirror-target=" + target);
    boolean copied = !service.equals("none");
    assertThat(result.reasons()).isEqualTo(copied ? List.of() : List.of("AnnotationInvalid"));
    assertThat(result.upstreams()).hasSize(copied ? 2 : 1);
    assertThat(result.route("http://h/").filters())
        .hasSize(copied ? 1 : 0)
        .allSatisfy(f -> assertThat(((RequestMirror) f).upstream()).hasToString(service));
  }

  @Test
  void fastCgiIsAnswered503() {
    assertThat(Annotated.web("backend-protocol=FCGI").get("http://h/")).isEqualTo("503");
  }

  @Test
  void certificatesOfBackendsAreVerifiedOnlyWhereAskedFor() {
    Map<String, String> data = Map.of("ca.crt", "CA", "tls.crt", "CERT", "tls.key", "KEY");
    BackendTls off = tls("proxy-ssl-secret=s; proxy-ssl-verify=off", data);
    assertThat(off.verify()).isFalse();
    assertThat(off.client()).isEqualTo(new BackendTls.ClientKey("CERT", "KEY"));
    BackendTls on = tls("proxy-ssl-secret=s; proxy-ssl-verify=on", data);
    assertThat(on.verify()).isTrue();
    assertThat(on.authorities()).isEqualTo("CA");
    assertThat(on.serverName()).isEqualTo("web.shop.svc");
    BackendTls named =
        tls("proxy-ssl-secret=s; proxy-ssl-verify=on; proxy-ssl-name=inner.example", data);
    assertThat(named.serverName()).isEqualTo("inner.example");
    assertThat(tls("", data).verify()).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "proxy-ssl-verify=on",
        "proxy-ssl-verify=perhaps",
        "proxy-ssl-verify=on; proxy-ssl-secret=missing",
        "proxy-ssl-verify=on; proxy-ssl-secret=elsewhere/s",
        "proxy-ssl-name=a b",
      })
  void verificationThatCannotBeHadClosesThePath(String annotations) {
    Annotated result =
        Annotated.web(
            "backend-protocol=HTTPS;" + annotations, Annotated.secret("s", Map.of("ca.crt", "CA")));
    assertThat(result.get("http://h/")).isEqualTo("503");
    assertThat(result.reasons()).containsOnly("AnnotationInvalid").isNotEmpty();
  }

  private static BackendTls tls(String annotations, Map<String, String> data) {
    UpstreamSpec spec =
        Annotated.web("backend-protocol=HTTPS;" + annotations, Annotated.secret("s", data))
            .backend("http://h/")
            .upstream();
    return java.util.Objects.requireNonNull(spec.tls());
  }

  private static RetryPolicy retries(String annotations) {
    Annotated result = Annotated.web(annotations);
    assertThat(result.told()).isEmpty();
    return result.route("http://h/").policy().retries();
  }
}
