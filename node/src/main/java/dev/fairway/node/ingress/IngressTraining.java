// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.kube.x509.PeerVerifier;
import dev.fairway.node.cluster.SelfCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@code fairway ingress} once, with requests of every protocol on the way, and has the JVM
 * write the class data archive that its later starts use. It has the classes of nothing else, as
 * what is mapped of an archive counts as the gateway's memory.
 */
public final class IngressTraining {
  private static final int REQUESTS = 500;
  private static final int CONNECTIONS = 10;
  private static final int PATIENCE = 100;
  private static final Duration BOUND = Duration.ofSeconds(10);

  /** A route for any host. */
  private static final String ROUTE =
      """
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata:
        name: training
        annotations:
          nginx.ingress.kubernetes.io/ssl-redirect: "false"
      spec:
        ingressClassName: fairway
        rules:
          - http:
              paths:
                - path: /
                  pathType: Prefix
                  backend:
                    service:
                      name: hello
                      port:
                        name: http
      """;

  private final URI http;
  private final URI https;

  private IngressTraining(int httpPort, int httpsPort) {
    http = URI.create("http://127.0.0.1:" + httpPort + "/");
    https = URI.create("https://127.0.0.1:" + httpsPort + "/");
  }

  /**
   * Writes an archive.
   *
   * @param kubeconfig of a cluster that has the Service {@code hello}
   * @throws IOException where the gateway does not serve, or does not end in time
   */
  public static void run(Path kubeconfig, Path archive) throws IOException, InterruptedException {
    try (ApiTransport transport = KubeConfig.load(kubeconfig).transport()) {
      new KubeClient(transport)
          .create(Resource.INGRESSES, "default", KubeCodec.yamlDocuments(ROUTE).getFirst());
    } catch (KubeApiException | CodecException e) {
      throw new IOException("no route to train with", e);
    }
    int httpPort = freePort();
    int httpsPort = freePort();
    List<String> command =
        SelfCommand.with(
            List.of("-XX:AOTCacheOutput=" + archive),
            List.of(
                "ingress",
                "--kubeconfig=" + kubeconfig,
                "--bind=127.0.0.1",
                "--http-port=" + httpPort,
                "--https-port=" + httpsPort,
                "--healthz-port=0"));
    Process gateway = new ProcessBuilder(command).inheritIO().start();
    try {
      new IngressTraining(httpPort, httpsPort).drive();
      gateway.destroy();
      if (!gateway.waitFor(1, TimeUnit.MINUTES)) {
        throw new IOException("the archive of the gateway was not written in time");
      }
    } finally {
      gateway.destroyForcibly();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void drive() throws IOException, InterruptedException {
    awaitRoute();
    try (HttpClient client = client()) {
      for (int i = 0; i < REQUESTS; i++) {
        ask(client, http, HttpClient.Version.HTTP_1_1);
        ask(client, https, HttpClient.Version.HTTP_2);
      }
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      try (HttpClient client = client()) {
        ask(client, https, HttpClient.Version.HTTP_1_1);
      }
    }
  }

  private void awaitRoute() throws IOException, InterruptedException {
    for (int i = 0; i < PATIENCE; i++) {
      try (HttpClient client = client()) {
        if (ask(client, http, HttpClient.Version.HTTP_1_1) == 200) {
          return;
        }
      } catch (IOException notYet) {
        if (i == PATIENCE - 1) {
          throw notYet;
        }
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new IOException("the gateway did not take up the route");
  }

  private static int ask(HttpClient client, URI uri, HttpClient.Version version)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).version(version).timeout(BOUND).build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static HttpClient client() throws IOException {
    try {
      // It has a certificate that it made itself.
      return HttpClient.newBuilder()
          .sslContext(PeerVerifier.anyServer())
          .connectTimeout(BOUND)
          .build();
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS", e);
    }
  }
}
