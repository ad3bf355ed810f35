// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.kube.api.ObjectKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestsTest {
  private static final String INGRESS =
      """
      apiVersion: networking.k8s.io/v1
      kind: Ingress
      metadata: {name: NAME}
      spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
      """;

  @TempDir private Path folder = Path.of("");

  @Test
  void foldersAreReadWithTheirFolders() throws IOException {
    Path deeper = Files.createDirectories(folder.resolve("a/b"));
    Files.writeString(folder.resolve("one.yaml"), INGRESS.replace("NAME", "one"));
    Files.writeString(
        deeper.resolve("two.yml"),
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n---\n"
            + INGRESS.replace("NAME", "two"));
    Files.writeString(deeper.resolve("notes.txt"), INGRESS.replace("NAME", "not"));
    Manifests manifests = new Manifests();
    manifests.add(folder);
    assertThat(manifests.ingresses()).extracting(i -> i.metadata().name()).contains("one", "two");
    assertThat(manifests.ingresses()).hasSize(2);
    assertThat(manifests.place("Ingress", new ObjectKey("default", "two"))).endsWith("two.yml");
    assertThat(manifests.problems()).isEmpty();
  }

  @Test
  void listsOfKubectlAreReadItemByItem() {
    Manifests manifests = new Manifests();
    manifests.add(
        "-",
        "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"Ingress\",\"apiVersion\":"
            + "\"networking.k8s.io/v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"shop\"}}]}");
    assertThat(manifests.ingresses())
        .singleElement()
        .matches(ingress -> ingress.key().equals(new ObjectKey("shop", "a")));
  }

  @Test
  void whatCannotBeReadDoesNotStopTheRest() throws IOException {
    Files.writeString(folder.resolve("a.yaml"), "{");
    Files.writeString(
        folder.resolve("b.yaml"), INGRESS.replace("NAME", "old").replace("/v1", "/v1beta1"));
    Files.writeString(folder.resolve("c.yaml"), INGRESS.replace("NAME", "good"));
    Files.writeString(folder.resolve("d.yaml"), INGRESS.replace("NAME", "good"));
    Files.writeString(
        folder.resolve("e.yaml"), INGRESS.replace("NAME", "odd").replace("{default", "[{default"));
    Files.write(folder.resolve("f.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 'a'});
    Manifests manifests = new Manifests();
    manifests.add(folder);
    assertThat(manifests.ingresses()).hasSize(1);
    assertThat(manifests.problems()).hasSize(5).allMatch(text -> text.contains(".yaml"));
    assertThat(manifests.problems().get(1)).contains("v1beta1", "1.22");
    assertThat(manifests.problems().get(2)).contains("c.yaml", "too");
  }

  @Test
  void fileThatIsNotThereIsAnError() {
    assertThatThrownBy(() -> new Manifests().add(folder.resolve("none.yaml")))
        .isInstanceOf(IOException.class);
  }
}
