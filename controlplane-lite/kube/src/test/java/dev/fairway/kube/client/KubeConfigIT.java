// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.Resource;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kubeconfigs against a real TLS server that knows its clients by certificate or token. */
@Timeout(60)
class KubeConfigIT {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final List<String> USERS = new CopyOnWriteArrayList<>();
  private static final BlockingQueue<String> WATCH = new LinkedBlockingQueue<>();

  @TempDir static Path shared;
  @TempDir Path folder;

  private static HttpsServer server;
  private static ExecutorService threads;
  private static String serverPem;
  private static String clientPem;
  private static String clientKey;

  @BeforeAll
  static void startServer() throws Exception {
    KeyStore serverKeys = keys("server", "-ext", "san=ip:127.0.0.1,dns:api.test,dns:*.wild.test");
    KeyStore clientKeys = keys("client");
    serverPem = pem("CERTIFICATE", serverKeys.getCertificate("server").getEncoded());
    clientPem = pem("CERTIFICATE", clientKeys.getCertificate("client").getEncoded());
    Key key = clientKeys.getKey("client", PASSWORD);
    clientKey = pem("PRIVATE KEY", key.getEncoded());
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(serverKeys, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("client", clientKeys.getCertificate("client"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = context.getDefaultSSLParameters();
            wanted.setWantClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext("/", KubeConfigIT::handle);
    server.start();
  }

  private static KeyStore keys(String name, String... more) throws Exception {
    Path file = shared.resolve(name + ".p12");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD)));
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
    return KeyStore.getInstance(file.toFile(), PASSWORD);
  }

  private static String pem(String type, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
  }

  private static void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String user = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
      if (exchange instanceof HttpsExchange secure && user.equals("null")) {
        try {
          user = secure.getSSLSession().getPeerPrincipal().getName();
        } catch (javax.net.ssl.SSLPeerUnverifiedException anonymous) {
          user = "anonymous";
        }
      }
      USERS.add(user);
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      if (user.equals("Bearer stale")) {
        exchange.sendResponseHeaders(401, -1);
      } else if (query.contains("watch=true")) {
        exchange.sendResponseHeaders(200, 0);
        OutputStream body = exchange.getResponseBody();
        for (String line = WATCH.take(); !line.isEmpty(); line = WATCH.take()) {
          body.write(line.getBytes(StandardCharsets.UTF_8));
          body.flush();
        }
      } else {
        byte[] answer = "{\"metadata\":{\"name\":\"n\"}}".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @BeforeEach
  void forget() {
    USERS.clear();
  }

  @AfterAll
  static void stopServer() {
    WATCH.add("");
    server.stop(0);
    threads.shutdownNow();
  }

  private KubeConfig config(String cluster, String user) throws IOException {
    String text =
        """
        {current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}],
         clusters: [{name: c, cluster: {server: "https://127.0.0.1:%d", %s}}],
         users: [{name: u, user: {%s}}]}
        """
            .formatted(server.getAddress().getPort(), cluster, user);
    return KubeConfig.load(Files.writeString(folder.resolve("config"), text));
  }

  private static String data(String field, String pem) {
    return field
        + "-data: \""
        + Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII))
        + "\"";
  }

  private static String get(KubeConfig config) throws Exception {
    try (ApiTransport transport = config.transport()) {
      return new KubeClient(transport).get(Resource.NAMESPACES, "", "n").metadata().name();
    }
  }

  @Test
  void clientCertificateInTheFileIsShown() throws Exception {
    KubeConfig config =
        config(
            data("certificate-authority", serverPem),
            data("client-certificate", clientPem) + ", " + data("client-key", clientKey));
    assertThat(get(config)).isEqualTo("n");
    assertThat(USERS).containsExactly("CN=client");
  }

  @Test
  void pathsAreRelativeToTheFile() throws Exception {
    Files.createDirectory(folder.resolve("pki"));
    Files.writeString(folder.resolve("pki/ca.crt"), serverPem);
    Files.writeString(folder.resolve("pki/me.crt"), clientPem);
    Files.writeString(folder.resolve("pki/me.key"), clientKey);
    KubeConfig config =
        config(
            "certificate-authority: pki/ca.crt",
            "client-certificate: pki/me.crt, client-key: pki/me.key");
    assertThat(get(config)).isEqualTo("n");
    assertThat(USERS).containsExactly("CN=client");
  }

  @Test
  void serverOfAnotherAuthorityIsRefusedUnlessToldOtherwise() throws Exception {
    KubeConfig other = config(data("certificate-authority", clientPem), "");
    assertThatThrownBy(() -> get(other)).isInstanceOf(IOException.class);
    KubeConfig insecure = config("insecure-skip-tls-verify: true", "");
    assertThat(get(insecure)).isEqualTo("n");
    assertThat(USERS).containsExactly("anonymous");
  }

  @Test
  void expectedServerNameReplacesTheHost() throws Exception {
    String authority = data("certificate-authority", serverPem);
    assertThat(get(config(authority + ", tls-server-name: api.test", ""))).isEqualTo("n");
    assertThat(get(config(authority + ", tls-server-name: a.wild.test", ""))).isEqualTo("n");
    KubeConfig other = config(authority + ", tls-server-name: other.test", "");
    assertThatThrownBy(() -> get(other)).isInstanceOf(IOException.class);
  }

  @Test
  void refusedTokenIsReadAgainFromItsFile() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "stale");
    KubeConfig config = config(data("certificate-authority", serverPem), "tokenFile: token");
    try (ApiTransport transport = config.transport()) {
      KubeClient client = new KubeClient(transport);
      assertThatThrownBy(() -> client.get(Resource.NAMESPACES, "", "n"))
          .isInstanceOf(KubeApiException.class);
      Files.writeString(token, "fresh");
      client.get(Resource.NAMESPACES, "", "n");
    }
    assertThat(USERS).containsExactly("Bearer stale", "Bearer stale", "Bearer fresh");
  }

  @Test
  void transportGoesOnAfterARequestThatWasGivenUp() throws Exception {
    KubeConfig config = config(data("certificate-authority", serverPem), "token: t");
    try (ApiTransport transport = config.transport()) {
      KubeClient client = new KubeClient(transport);
      client.get(Resource.NAMESPACES, "", "n");
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> client.get(Resource.NAMESPACES, "", "n"))
          .isInstanceOf(InterruptedException.class);
      assertThat(client.get(Resource.NAMESPACES, "", "n").metadata().name()).isEqualTo("n");
    }
  }

  @Test
  void watchStreamsOverTls() throws Exception {
    KubeConfig config = config(data("certificate-authority", serverPem), "token: t");
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (ApiTransport transport = config.transport();
        Informer<Namespace> informer =
            new Informer<>(new KubeClient(transport), Resource.NAMESPACES)) {
      informer.addHandler(
          new InformerHandler<>() {
            @Override
            public void added(Namespace object) {
              seen.add(object.metadata().name());
            }
          });
      informer.start();
      WATCH.add(
          "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"1\","
              + "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n");
      assertThat(informer.awaitSynced(Duration.ofSeconds(30))).isTrue();
      for (int i = 2; i < 5; i++) {
        WATCH.add(
            "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"n%d\",\"resourceVersion\":\"%d\"}}}\n"
                .formatted(i, i));
        assertThat(seen.poll(30, TimeUnit.SECONDS)).isEqualTo("n" + i);
      }
      WATCH.add("");
    }
    assertThat(USERS).contains("Bearer t");
  }
}
