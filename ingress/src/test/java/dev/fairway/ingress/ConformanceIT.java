// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.kube.api.Ingress;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The 30 scenarios of the Kubernetes ingress controller conformance suite, by number. */
class ConformanceIT {
  private static final String[] SERVICES = {
    "echo",
    "wildcard-foo-com",
    "foo-bar-com",
    "foo-exact",
    "foo-prefix",
    "aaa-slash-bbb-prefix",
    "aaa-prefix",
    "bbb-prefix",
    "foo-slash-exact"
  };
  private static GatewayFixture fixture;

  @BeforeAll
  static void start() throws IOException {
    fixture = new GatewayFixture();
    for (String service : SERVICES) {
      fixture.service(service, fixture.backend(service));
    }
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @ParameterizedTest(name = "default backend {0}: {1} {2}{3}")
  @CsvSource({
    "1, GET, my-host, /",
    "2, GET, my-host, /sub-path",
    "3, POST, some-host, /",
    "4, PUT, '', /resource",
    "5, DELETE, some-host, /resource",
    "6, PATCH, my-host, /resource",
  })
  void defaultBackend(int number, String method, String host, String path) throws IOException {
    fixture.ingresses(TestObjects.ingress("default").defaultBackend("echo").build());
    try (RawClient client = fixture.connect()) {
      client.send(
          method
              + " "
              + path
              + " HTTP/1.1\r\nHost: "
              + host
              + "\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 0\r\n\r\n");
      RawClient.Response response = client.response();
      assertThat(response.status()).isEqualTo(200);
      for (String field : new String[] {"Content-Length", "Content-Type", "Date", "Server"}) {
        assertThat(response.field(field)).as(field).isNotEmpty();
      }
      assertThat(response.body())
          .contains(
              "backend=echo", method + " " + path + " HTTP/1.1", "User-Agent: Go-http-client/1.1");
    }
  }

  @ParameterizedTest(name = "host rules {0}: {1} goes to {2}")
  @CsvSource({
    "8, foo.bar.com, foo-bar-com",
    "9, subdomain.bar.com, 404",
    "10, bar.foo.com, wildcard-foo-com",
    "11, baz.bar.foo.com, 404",
    "12, foo.com, 404",
  })
  void hostRules(int number, String host, String backend) throws IOException {
    fixture.ingresses(
        TestObjects.ingress("hosts")
            .host("*.foo.com")
            .path("Prefix", "/", TestObjects.backend("wildcard-foo-com", 80))
            .host("foo.bar.com")
            .prefix("/", "foo-bar-com")
            .build());
    check(host, "/", backend);
  }

  @ParameterizedTest(name = "path rules {0}: {1}{2} goes to {3}")
  @CsvSource({
    "13, exact-path-rules, /foo, foo-exact",
    "14, exact-path-rules, /foo/, 404",
    "15, exact-path-rules, /FOO, 404",
    "16, exact-path-rules, /bar, 404",
    "17, prefix-path-rules, /foo, foo-prefix",
    "18, prefix-path-rules, /foo/, foo-prefix",
    "19, prefix-path-rules, /FOO, 404",
    "20, prefix-path-rules, /aaa/bbb, aaa-slash-bbb-prefix",
    "21, prefix-path-rules, /aaa/bbb/ccc, aaa-slash-bbb-prefix",
    "22, prefix-path-rules, /aaa/ccc, aaa-prefix",
    "23, prefix-path-rules, /aaaccc, 404",
    "24, mixed-path-rules, /foo, foo-exact",
    "25, mixed-path-rules, /foo/, foo-prefix",
    "26, trailing-slash-path-rules, /aaa/bbb, bbb-prefix",
    "27, trailing-slash-path-rules, /aaa/bbb/, bbb-prefix",
    "28, trailing-slash-path-rules, /foo, 404",
  })
  void pathRules(int number, String host, String path, String backend) throws IOException {
    Ingress paths =
        TestObjects.ingress("paths")
            .host("exact-path-rules")
            .exact("/foo", "foo-exact")
            .host("prefix-path-rules")
            .prefix("/foo", "foo-prefix")
            .prefix("/aaa/bbb", "aaa-slash-bbb-prefix")
            .prefix("/aaa", "aaa-prefix")
            .host("mixed-path-rules")
            .prefix("/foo", "foo-prefix")
            .exact("/foo", "foo-exact")
            .host("trailing-slash-path-rules")
            .prefix("/aaa/bbb/", "bbb-prefix")
            .exact("/foo/", "foo-slash-exact")
            .build();
    fixture.ingresses(paths);
    check(host, path, backend);
  }

  @Test
  void hostRules07_certificateIsThatOfTheHost() throws Exception {
    TestCertificates.Pem pem = TestCertificates.create("foo.bar.com");
    fixture.secrets(TestObjects.tlsSecret("conformance-tls", pem.certificate(), pem.key()));
    fixture.ingresses(
        TestObjects.ingress("hosts")
            .tls("conformance-tls", "foo.bar.com")
            .host("foo.bar.com")
            .prefix("/", "foo-bar-com")
            .build());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    InetSocketAddress address = Objects.requireNonNull(fixture.gateway().httpsAddress());
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(address.getAddress(), address.getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName("foo.bar.com")));
    socket.setSSLParameters(parameters);
    try (RawClient client = new RawClient(socket)) {
      RawClient.Response response = client.get("foo.bar.com", "/");
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).contains("backend=foo-bar-com", "Host: foo.bar.com");
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(2, "foo.bar.com"));
    }
  }

  @Test
  void ingressClass29_classOfNobodyIsNotServed() throws IOException {
    fixture.ingresses(
        TestObjects.ingress("foreign")
            .className("some-invalid-class-name")
            .defaultBackend("echo")
            .build());
    check("my-host", "/", "404");
  }

  @Test
  void everyScenarioIsHere() {
    Set<Integer> numbers = new TreeSet<>();
    for (Method method : ConformanceIT.class.getDeclaredMethods()) {
      CsvSource rows = method.getAnnotation(CsvSource.class);
      for (String row : rows == null ? new String[0] : rows.value()) {
        numbers.add(Integer.parseInt(row.substring(0, row.indexOf(','))));
      }
      Matcher named = Pattern.compile("[a-zA-Z]+(\\d\\d)_.*").matcher(method.getName());
      if (named.matches()) {
        numbers.add(Integer.parseInt(named.group(1)));
      }
    }
    assertThat(numbers).containsExactlyElementsOf(IntStream.rangeClosed(1, 30).boxed().toList());
  }

  @Test
  void loadBalancing30_everyPodOfTenAnswers() throws IOException {
    TestBackend[] pods = new TestBackend[10];
    for (int i = 0; i < pods.length; i++) {
      pods[i] = fixture.backend("pod-" + i);
    }
    fixture.service("scaled", pods);
    fixture.ingresses(TestObjects.ingress("default").defaultBackend("scaled").build());
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      try (RawClient client = fixture.connect()) {
        RawClient.Response response = client.get("my-host", "/");
        assertThat(response.status()).isEqualTo(200);
        seen.add(response.field("X-Backend"));
      }
    }
    assertThat(seen).hasSize(10);
  }

  private static void check(String host, String path, String backend) throws IOException {
    try (RawClient client = fixture.connect()) {
      RawClient.Response response = client.get(host, path);
      if (backend.equals("404")) {
        assertThat(response.status()).isEqualTo(404);
      } else {
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.field("X-Backend")).isEqualTo(backend);
        assertThat(response.body()).contains("Host: " + host);
      }
    }
  }
}
