// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every key of ingress-nginx's ConfigMap is known, and whoever writes another is told. */
class ConfigCatalogTest {
  @Test
  void everyKeyIsClassified() {
    List<String> names = new ArrayList<>();
    ConfigCatalog.all().forEach(key -> names.add(key.name()));
    assertThat(names).hasSizeGreaterThan(150).isSorted().doesNotHaveDuplicates();
    assertThat(ConfigCatalog.all()).allSatisfy(key -> assertThat(key.note()).isNotBlank());
  }

  @Test
  void documentSaysWhatEachKeyDoes() throws IOException {
    List<String> rows = new ArrayList<>();
    for (ConfigCatalog.Key key : ConfigCatalog.all()) {
      rows.add(row(key));
    }
    List<String> written =
        Files.readString(Path.of("CONFIGMAP.md")).lines().filter(l -> l.startsWith("| `")).toList();
    assertThat(written).isEqualTo(rows);
  }

  private static String row(ConfigCatalog.Key key) {
    String support =
        switch (key.support()) {
          case SUPPORTED -> key.atStart() ? "start" : "yes";
          case DIFFERENT -> "differs";
          case UNSUPPORTED -> "no";
          case REFUSED -> "refused";
        };
    return "| `" + key.name() + "` | " + support + " | " + key.note() + " |";
  }

  @ParameterizedTest(name = "{0} is refused")
  @CsvSource({
    "main-snippet",
    "http-snippet",
    "server-snippet",
    "location-snippet",
    "stream-snippet",
    "global-auth-snippet",
    "modsecurity-snippet",
    "allow-snippet-annotations"
  })
  void rawConfigurationIsRefusedForEver(String name) {
    Annotated result = Annotated.configured(Annotated.options(), name + "=return 200", "");
    assertThat(result.reasons()).containsExactly("RefusedKey");
    assertThat(result.get("https://h/")).isEqualTo("forward h /");
  }

  @ParameterizedTest(name = "{0}: did you mean {1}?")
  @CsvSource({
    "proxy-body-sizes, proxy-body-size",
    "redirect-ssl, ssl-redirect",
    "use-forwarded-header, use-forwarded-headers",
    "nothing-like-it-at-all, ''",
  })
  void unknownKeyIsToldWithTheNearestRealOne(String name, String meant) {
    Annotated result = Annotated.configured(Annotated.options(), name + "=x", "");
    assertThat(result.reasons()).containsExactly("UnknownKey");
    if (meant.isEmpty()) {
      assertThat(result.told().getFirst()).doesNotContain("did you mean");
    } else {
      assertThat(result.told().getFirst()).contains("did you mean " + meant + "?");
    }
  }

  @Test
  void keysWithoutEffectAreToldInOneEvent() {
    Annotated result =
        Annotated.configured(Annotated.options(), "use-gzip=true; add-headers=a/b", "");
    assertThat(result.told())
        .containsExactly("UnsupportedKey not supported and ignored: [add-headers, use-gzip]");
  }
}
