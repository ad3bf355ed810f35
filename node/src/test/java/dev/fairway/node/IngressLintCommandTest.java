// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code fairway ingress lint} prints of manifests, and its exit code. */
class IngressLintCommandTest {
  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1beta1
      kind: Gateway
      metadata: {name: edge, namespace: infra}
      spec:
        gatewayClassName: any
        listeners: [{name: web, port: 80, protocol: HTTP}]
      """;
  private static final String ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: shop, namespace: infra}
      spec:
        parentRefs: [{name: edge, sectionName: SECTION}]
        rules: [{backendRefs: [{name: BACKEND, port: 80}]}]
      """;
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: infra}
      spec: {ports: [{port: 80}]}
      """;

  @TempDir private Path folder = Path.of("");

  private String lint(int code, String... manifests) throws IOException {
    Files.writeString(folder.resolve("all.yaml"), String.join("---\n", manifests));
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new IngressLintCommand());
    command.setOut(new PrintWriter(out));
    assertThat(command.execute("-f", folder.toString())).as(out.toString()).isEqualTo(code);
    return out.toString().replace(folder + "/", "");
  }

  private static String route(String section, String backend) {
    return ROUTE.replace("SECTION", section).replace("BACKEND", backend);
  }

  @Test
  void manifestsWithoutFaultsAreFine() throws IOException {
    assertThat(lint(0, GATEWAY, route("web", "web"), SERVICE))
        .isEqualTo("0 Ingresses, 2 objects of the Gateway API, 0 errors, 0 warnings\n");
  }

  @Test
  void aServiceThatIsNotThereIsAWarningWhereOthersAre() throws IOException {
    assertThat(lint(0, GATEWAY, route("web", "gone"), SERVICE))
        .startsWith("warning all.yaml: HTTPRoute infra/shop: BackendNotFound: at Gateway edge")
        .endsWith("0 errors, 1 warnings\n");
    assertThat(lint(0, GATEWAY, route("web", "gone")))
        .as("without any the Services are elsewhere")
        .endsWith("0 errors, 0 warnings\n");
  }

  @Test
  void aListenerThatIsNotThereIsAnError() throws IOException {
    assertThat(lint(1, GATEWAY, route("other", "web")))
        .isEqualTo(
            "error   all.yaml: HTTPRoute infra/shop: NoMatchingParent: at Gateway edge, listener"
                + " other: the parent has no such listener\n"
                + "0 Ingresses, 2 objects of the Gateway API, 1 errors, 0 warnings\n");
  }

  @Test
  void ingressesAndGatewaysAreSaidTogether() throws IOException {
    String ingress =
        """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: web
          namespace: infra
          annotations: {nginx.ingress.kubernetes.io/server-snippet: "return 200;"}
        spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
        """;
    assertThat(lint(1, ingress, route("web", "web")))
        .contains(
            "error   all.yaml: Ingress infra/web: ",
            "note    all.yaml: HTTPRoute infra/shop: GatewayAssumed: ",
            "1 Ingresses, 1 objects of the Gateway API, 1 errors, 0 warnings\n");
  }
}
