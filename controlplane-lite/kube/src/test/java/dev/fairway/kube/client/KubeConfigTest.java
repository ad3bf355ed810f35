// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KubeConfigTest {
  private static final String WHOLE =
      """
      apiVersion: v1
      kind: Config
      current-context: two
      clusters:
      - name: c1
        cluster: {server: "https://one:6443"}
      - name: c2
        cluster: {server: "https://[::1]:6443/", insecure-skip-tls-verify: true}
      users:
      - name: u
        user: {token: t0ps3cret}
      contexts:
      - name: one
        context: {cluster: c1, user: u}
      - name: two
        context: {cluster: c2, user: u, namespace: prod}
      - name: lost
        context: {cluster: nowhere, user: u}
      - name: stranger
        context: {cluster: c1, user: nobody}
      """;

  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void currentContextIsUsed() throws Exception {
    KubeConfig config = KubeConfig.load(file("config", WHOLE));
    assertThat(config.server()).isEqualTo(URI.create("https://[::1]:6443"));
    assertThat(config.namespace()).isEqualTo("prod");
    assertThat(config.toString()).doesNotContain("t0ps3cret");
  }

  @Test
  void namedContextIsUsed() throws Exception {
    KubeConfig config = KubeConfig.load(List.of(file("config", WHOLE)), "one");
    assertThat(config.server()).isEqualTo(URI.create("https://one:6443"));
    assertThat(config.namespace()).isEqualTo("default");
  }

  @Test
  void firstFileOfAListWins() throws Exception {
    Path first =
        file(
            "a", "{current-context: one, clusters: [{name: c1, cluster: {server: 'http://x:1'}}]}");
    KubeConfig config =
        KubeConfig.load(List.of(folder.resolve("missing"), first, file("b", WHOLE)), null);
    assertThat(config.server()).isEqualTo(URI.create("http://x:1"));
  }

  static Stream<Arguments> broken() {
    return Stream.of(
        Arguments.of("no current context", "kind: Config", null, "no current-context"),
        Arguments.of("unknown context", WHOLE, "three", "no context \"three\""),
        Arguments.of("unknown cluster", WHOLE, "lost", "no cluster \"nowhere\""),
        Arguments.of("unknown user", WHOLE, "stranger", "no user \"nobody\""),
        Arguments.of("no YAML", "a: [", null, "line 1"),
        Arguments.of(
            "no URL",
            "{current-context: x, contexts: [{name: x, context: {cluster: c}}],"
                + " clusters: [{name: c, cluster: {server: nohost}}]}",
            null,
            "server is no URL: nohost"),
        Arguments.of(
            "data that is not base64",
            "{current-context: x, contexts: [{name: x, context: {cluster: c}}], clusters:"
                + " [{name: c, cluster: {server: 'https://h', certificate-authority-data: 'a'}}]}",
            null,
            "certificate-authority-data is not base64"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void brokenConfigIsRefusedInWords(String name, String text, String context, String expected)
      throws Exception {
    Path config = file("config", text);
    assertThatThrownBy(() -> KubeConfig.load(List.of(config), context))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void missingFileIsAnError() {
    assertThatThrownBy(() -> KubeConfig.load(folder.resolve("missing")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> KubeConfig.load(List.of(), null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no kubeconfig");
  }

  @Test
  void podFindsItsServer() throws Exception {
    file("ca.crt", "");
    file("token", "t");
    file("namespace", "kube-system\n");
    KubeConfig config =
        KubeConfig.inCluster(
            folder, Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "443"));
    assertThat(config.server()).isEqualTo(URI.create("https://[fd00::1]:443"));
    assertThat(config.namespace()).isEqualTo("kube-system");
    assertThatThrownBy(() -> KubeConfig.inCluster(folder, Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not in a pod");
  }
}
