// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.testing.Skip;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kubectl against the server over TLS. */
class KubectlIT {
  private static final String MANIFEST =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - {name: c, image: fairway.dev/hello, ports: [{containerPort: 8000}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec:
        selector: {app: web}
        ports: [{port: 80, targetPort: 8000}]
      """;

  @TempDir static Path directory;
  private static ApiServer server;

  @BeforeAll
  static void start() throws Exception {
    server = ApiServer.start(ApiServerConfig.loopback(directory.resolve("state"), 0));
    server.writeKubeconfig(
        directory.resolve("kubeconfig"),
        "admin",
        List.of("system:masters"),
        "https://127.0.0.1:" + server.port());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private record Result(int exit, String out) {}

  private static Result kubectl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(directory, "out", ".txt");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("KUBECONFIG", directory.resolve("kubeconfig").toString());
    builder.environment().put("HOME", directory.toString());
    builder.redirectErrorStream(true).redirectOutput(out.toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return Skip.because("kubectl is not on the PATH: " + e.getMessage());
    }
    process.getOutputStream().close();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("kubectl hangs: " + command);
    }
    return new Result(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
  }

  private static String ok(String... arguments) throws Exception {
    Result result = kubectl(arguments);
    assertThat(result.exit()).as(result.out()).isZero();
    return result.out();
  }

  @Test
  void applyScaleGetAndDelete() throws Exception {
    Path manifest = directory.resolve("web.yaml");
    Files.writeString(manifest, MANIFEST);
    assertThat(ok("apply", "-f", manifest.toString()))
        .contains("deployment.apps/web created", "service/web created");
    assertThat(ok("apply", "-f", manifest.toString()))
        .contains("deployment.apps/web unchanged", "service/web unchanged");
    assertThat(ok("scale", "deployment/web", "--replicas=5"))
        .contains("deployment.apps/web scaled");
    assertThat(ok("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}")).isEqualTo("5");
    assertThat(ok("get", "service", "web", "-o", "wide")).contains("ClusterIP", "127.", "app=web");
    assertThat(ok("delete", "-f", manifest.toString(), "--wait=false"))
        .contains("deployment.apps \"web\" deleted");
    assertThat(kubectl("get", "deployment", "web").out())
        .contains("Error from server (NotFound): deployments.apps \"web\" not found");
  }

  @Test
  void createSendsProtobufAndStrictValidationAnswers() throws Exception {
    assertThat(ok("create", "namespace", "made")).contains("namespace/made created");
    assertThat(ok("-n", "made", "create", "configmap", "c", "--from-literal=a=b"))
        .contains("configmap/c created");
    assertThat(ok("-n", "made", "get", "configmap", "c", "-o", "jsonpath={.data.a}"))
        .isEqualTo("b");
    assertThat(ok("-n", "made", "create", "service", "nodeport", "s", "--tcp=80:8080"))
        .contains("service/s created");
    assertThat(ok("-n", "made", "get", "service", "s")).contains("NodePort", "80:3");
    Path wrong = directory.resolve("wrong.yaml");
    Files.writeString(
        wrong, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: w}\ndatum: {a: b}\n");
    assertThat(kubectl("apply", "-f", wrong.toString()).out())
        .contains("strict decoding error: unknown field \"datum\"");
  }

  @Test
  void authAnswersWhoIAmAndWhatIMayDo() throws Exception {
    assertThat(ok("auth", "whoami")).contains("Username    admin", "system:masters");
    assertThat(ok("auth", "can-i", "create", "deployments")).isEqualToIgnoringNewLines("yes");
    assertThat(kubectl("auth", "can-i", "get", "secrets", "--as=eve").out())
        .isEqualToIgnoringNewLines("no");
    assertThat(ok("auth", "can-i", "--list", "--as=system:kube-proxy"))
        .contains("endpointslices.discovery.k8s.io")
        .doesNotContain("secrets");
    assertThat(kubectl("get", "pods", "--as=eve").out())
        .contains("User \"eve\" cannot list resource \"pods\"");
  }

  @Test
  void endpointsAreCheckedAndPrinted() throws Exception {
    Path file = directory.resolve("endpoints.yaml");
    Files.writeString(
        file,
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\nsubsets:\n"
            + "- addresses: [{ip: 192.0.2.1}, {ip: 192.0.2.2}, {ip: 192.0.2.3}, {ip: 192.0.2.4}]\n"
            + "  ports: [{port: 5432}]\n");
    assertThat(ok("apply", "-f", file.toString())).contains("endpoints/db created");
    assertThat(ok("get", "endpoints", "db"))
        .contains("192.0.2.1:5432,192.0.2.2:5432,192.0.2.3:5432 + 1 more...");
    Files.writeString(
        file, "apiVersion: v1\nkind: Endpoints\nmetadata: {name: empty}\nsubsets: [{}]\n");
    assertThat(kubectl("apply", "-f", file.toString()).out())
        .contains("subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`");
  }

  @Test
  void discoveryExplainAndSystemObjects() throws Exception {
    assertThat(ok("version")).contains("Server Version: v1.33.0+fairway");
    assertThat(ok("api-resources")).contains("endpointslices", "ing", "deploy");
    assertThat(ok("explain", "service.spec.ports")).contains("FIELD: ports");
    assertThat(ok("get", "namespaces", "-o", "name"))
        .contains("default", "kube-node-lease", "kube-public", "kube-system");
    assertThat(ok("get", "service", "kubernetes")).contains("127.96.0.1", "443/TCP");
    assertThat(ok("get", "endpointslice", "kubernetes")).contains("127.0.0.1");
    assertThat(ok("get", "--raw", "/readyz")).isEqualTo("ok");
  }

  @Test
  void watchPrintsRowsUntilItsTimeout() throws Exception {
    ok("create", "configmap", "watched");
    assertThat(ok("get", "configmap", "watched", "--watch", "--request-timeout=2s", "--no-headers"))
        .contains("watched");
  }

  @Test
  void secondServerOnTheSameStateFailsWithOneLine() {
    assertThatThrownBy(
            () -> ApiServer.start(ApiServerConfig.loopback(directory.resolve("state"), 0)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is in use by another process");
  }

  @Test
  void clientWithoutCertificateIsUnauthorizedButSeesHealth() throws Exception {
    Path anonymous = directory.resolve("anonymous");
    String text = Files.readString(directory.resolve("kubeconfig"));
    Files.writeString(
        anonymous,
        text.replaceAll("client-certificate-data:.*", "token: nobody")
            .replaceAll(" +client-key-data:.*\n", ""));
    String flag = "--kubeconfig=" + anonymous;
    assertThat(ok(flag, "get", "--raw", "/healthz")).isEqualTo("ok");
    assertThat(kubectl(flag, "get", "--raw", "/api/v1/pods").out()).contains("Unauthorized");
  }
}
