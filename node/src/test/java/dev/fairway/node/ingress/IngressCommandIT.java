// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.fairway.apiserver.ApiServer;
import dev.fairway.apiserver.ApiServerConfig;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.testing.Jvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** {@code fairway ingress} as a process: its flags, its first line, its end. */
class IngressCommandIT {
  private static final Pattern READY =
      Pattern.compile(
          "ingress gateway on /127.0.0.1:(\\d+) \\(HTTP\\) and /127.0.0.1:(\\d+) \\(HTTPS\\),"
              + " health and metrics on /127.0.0.1:(\\d+), .*");

  @TempDir private Path folder = Path.of("");

  @Test
  void servesWithTheFlagsOfIngressNginxAndEndsCleanly() throws Exception {
    List<String> spans = new CopyOnWriteArrayList<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/",
        exchange -> {
          spans.add(
              exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("api-key"));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    try (ApiServer server = ApiServer.start(ApiServerConfig.loopback(folder.resolve("api"), 0))) {
      Process gateway =
          startFor(
              server,
              "--ingress-class=nginx",
              "--controller-class=k8s.io/ingress-nginx",
              "--watch-ingress-without-class=true",
              "--watch-namespace=default",
              "--publish-service=default/front",
              "--update-status=false",
              "--election-id=leader",
              "--annotations-prefix=nginx.ingress.kubernetes.io",
              "--metrics-per-host=false",
              "--metrics-nginx-names",
              "--default-ssl-certificate=default/missing",
              "--shutdown-grace-period=0",
              "--compat=ingress-nginx",
              "--access-log=" + folder.resolve("access.log"),
              "--access-log-format=upstreaminfo",
              "--access-log-status=200-399,404",
              "--otlp-endpoint=http://127.0.0.1:" + collector.getAddress().getPort(),
              "--otlp-headers=api-key=secret",
              "--trace-sample-ratio=1",
              "--trust-trace-context");
      try {
        Matcher ready = ready(gateway);
        assertThat(status(ready.group(1), "/")).isEqualTo(404);
        assertThat(status(ready.group(3), "/livez")).isEqualTo(200);
        gateway.destroy();
        assertThat(gateway.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(gateway.exitValue()).as(errors()).isZero();
        assertThat(spans).containsExactly("/v1/traces secret");
        assertThat(folder.resolve("access.log")).content().contains("\"GET / HTTP/1.1\" 404 ");
      } finally {
        gateway.destroyForcibly().waitFor();
        collector.stop(0);
      }
    }
  }

  @Test
  void configMapIsReadAtTheStartAndFollowedFromThenOn() throws Exception {
    try (ApiServer server = ApiServer.start(ApiServerConfig.loopback(folder.resolve("api"), 0))) {
      KubeClient client = new KubeClient(server.localTransport("test", List.of("system:masters")));
      create(
          client,
          Resource.INGRESSES,
          "networking.k8s.io/v1",
          "{kind: Ingress, metadata: {name: all}, spec: {defaultBackend: {service: {name: web,"
              + " port: {number: 80}}}}}");
      create(client, Resource.CONFIG_MAPS, "v1", configMap("block-cidrs: 127.0.0.0/8"));
      Process gateway =
          startFor(
              server,
              "--watch-ingress-without-class",
              "--update-status=false",
              "--configmap=default/gateway");
      try {
        Matcher ready = ready(gateway);
        String port = ready.group(1);
        await(() -> status(port, "/") == 403);
        replace(client, "force-ssl-redirect: 'true', http-redirect-code: '307'");
        await(() -> status(port, "/") == 307);
        replace(client, "force-ssl-redirect: 'true', http-redirect-code: '200'");
        await(() -> events(client).contains("KeyInvalid"));
        assertThat(status(port, "/")).as("the value before holds").isEqualTo(307);
        client.delete(Resource.CONFIG_MAPS, "default", "gateway", DeleteOptions.NONE);
        await(() -> status(port, "/") == 503);
      } finally {
        gateway.destroyForcibly().waitFor();
      }
    }
  }

  /** On free ports of loopback. */
  private Process startFor(ApiServer server, String... flags) throws IOException {
    Path kubeconfig = folder.resolve("kubeconfig");
    server.writeKubeconfig(
        kubeconfig, "admin", List.of("system:masters"), "https://127.0.0.1:" + server.port());
    List<String> all = new ArrayList<>(List.of(flags));
    all.addAll(
        List.of(
            "--kubeconfig=" + kubeconfig,
            "--bind=127.0.0.1",
            "--http-port=0",
            "--https-port=0",
            "--healthz-port=0"));
    return start(all.toArray(String[]::new));
  }

  /** The first line, with the ports of HTTP, HTTPS and health. */
  private Matcher ready(Process gateway) throws IOException {
    String line = gateway.inputReader(StandardCharsets.UTF_8).readLine();
    Matcher ready = READY.matcher(String.valueOf(line));
    assertThat(ready.matches()).as(line + errors()).isTrue();
    return ready;
  }

  private static String configMap(String data) {
    return "{kind: ConfigMap, metadata: {name: gateway}, data: {" + data + "}}";
  }

  private static void create(
      KubeClient client, Resource<? extends KubeObject> resource, String version, String yaml)
      throws Exception {
    ObjectNode object = KubeCodec.yamlDocuments(yaml).getFirst();
    client.create(resource, "default", object.put("apiVersion", version));
  }

  private static void replace(KubeClient client, String data) throws Exception {
    ObjectNode object = KubeCodec.yamlDocuments(configMap(data)).getFirst();
    client.update(Resource.CONFIG_MAPS, "default", "gateway", null, object.put("apiVersion", "v1"));
  }

  private static List<String> events(KubeClient client) throws Exception {
    return client.list(Resource.EVENTS, "default", ListOptions.ALL).items().stream()
        .filter(event -> event.involvedObject().kind().equals("ConfigMap"))
        .map(event -> event.reason())
        .toList();
  }

  /** Waits, at most 30 s, until a condition holds. */
  private static void await(Callable<Boolean> condition) throws Exception {
    for (int i = 0; i < 600; i++) {
      if (condition.call()) {
        return;
      }
      LockSupport.parkNanos(50_000_000);
    }
    throw new AssertionError("the condition did not come true");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "--compat=nginx,              expected spec or ingress-nginx",
    "--publish-service=front,     expected NAMESPACE/NAME",
    "--access-log-status=4xx,     expected 404 or 500-599",
    "--access-log-format=apache,  expected json",
    "--otlp-endpoint=collector,   expected http",
    "--trace-sample-ratio=2,      0 to 1",
    "--validating-webhook=:8443,  --validating-webhook-certificate",
  })
  void valuesThatAreNoneAreWrongUsage(String flag, String expected) throws Exception {
    Process gateway = start("--kubeconfig=none", flag);
    assertThat(gateway.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(errors()).contains(expected);
    assertThat(gateway.exitValue()).isEqualTo(2);
  }

  private static int status(String port, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + port + path);
      return client
          .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
          .statusCode();
    }
  }

  private Process start(String... flags) throws IOException {
    List<String> command = new ArrayList<>(Jvm.command("dev.fairway.node.Main", "ingress"));
    command.addAll(List.of(flags));
    Process process =
        new ProcessBuilder(command).redirectError(folder.resolve("errors").toFile()).start();
    process.getOutputStream().close();
    return process;
  }

  private String errors() throws IOException {
    return Files.readString(folder.resolve("errors"));
  }
}
