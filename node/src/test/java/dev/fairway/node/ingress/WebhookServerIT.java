// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.pki.ClusterCa;
import dev.fairway.apiserver.pki.Credential;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.ingress.translate.admission.AdmissionReview;
import dev.fairway.ingress.translate.admission.IngressCheck;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The webhook as the API server meets it: over HTTPS, with a certificate that rotates. */
class WebhookServerIT {
  private static final String REVIEW =
      """
      {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1",
       "kind":{"group":"networking.k8s.io","version":"v1","kind":"Ingress"},"namespace":"shop",
       "object":{"metadata":{"name":"web","namespace":"shop","annotations":{
         "kubernetes.io/ingress.class":"fairway",
         "nginx.ingress.kubernetes.io/server-snippet":"x"}},
        "spec":{"defaultBackend":{"service":{"name":"web","port":{"number":80}}}}}}}
      """;

  @TempDir private Path folder = Path.of("");
  private ClusterCa ca;
  private WebhookServer server;

  @BeforeEach
  void start() throws Exception {
    ca = ClusterCa.open(folder.resolve("ca"), InstantSource.system());
    write(Instant.now());
    IngressCheck check = new IngressCheck(TranslatorOptions.of("fairway", "fairway.dev/ingress"));
    IngressObjects nothing = new IngressObjects(List.of(), List.of(), Map.of(), null);
    server =
        WebhookServer.open(
            new InetSocketAddress("127.0.0.1", 0),
            new FileIdentity(folder.resolve("tls.crt"), folder.resolve("tls.key")),
            new AdmissionReview(check, () -> nothing));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void reviewIsAnswered() throws Exception {
    HttpResponse<String> response = post(BodyPublishers.ofString(REVIEW));
    assertThat(response.statusCode()).isEqualTo(200);
    var answer = KubeCodec.json().readTree(response.body()).path("response");
    assertThat(answer.path("uid").asString()).isEqualTo("u1");
    assertThat(answer.path("allowed").asBoolean()).isFalse();
    assertThat(answer.at("/status/message").asString()).contains("server-snippet is refused");
  }

  @Test
  void bodiesOfMoreThan9MebibytesAreRefused() throws Exception {
    byte[] large = new byte[WebhookServer.MAX_BODY + 1];
    assertThat(post(BodyPublishers.ofByteArray(large)).statusCode()).isEqualTo(413);
    assertThat(post(BodyPublishers.ofString("{}")).statusCode()).isEqualTo(400);
  }

  @Test
  void newCertificateIsShownWithoutRestart() throws Exception {
    X509Certificate first = shown();
    write(Instant.now().minusSeconds(3600));
    X509Certificate second = shown();
    assertThat(second.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
    Files.writeString(folder.resolve("tls.crt"), "broken");
    assertThat(shown()).as("a broken file changes nothing").isEqualTo(second);
  }

  private void write(Instant modified) throws IOException {
    Credential credential = ca.issue("webhook", List.of(), List.of("localhost", "127.0.0.1"));
    for (Map.Entry<String, String> file :
        Map.of("tls.crt", credential.certificatePem(), "tls.key", credential.keyPem()).entrySet()) {
      Path path = Files.writeString(folder.resolve(file.getKey()), file.getValue());
      Files.setLastModifiedTime(path, FileTime.from(modified));
    }
  }

  private X509Certificate shown() throws Exception {
    HttpResponse<String> response = post(BodyPublishers.ofString(REVIEW));
    return (X509Certificate) response.sslSession().orElseThrow().getPeerCertificates()[0];
  }

  /** On a connection of its own. */
  private HttpResponse<String> post(HttpRequest.BodyPublisher body) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", ca.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      URI uri = URI.create("https://127.0.0.1:" + server.address().getPort() + "/networking/v1");
      HttpRequest request = HttpRequest.newBuilder(uri).POST(body).build();
      return client.send(request, BodyHandlers.ofString());
    }
  }
}
