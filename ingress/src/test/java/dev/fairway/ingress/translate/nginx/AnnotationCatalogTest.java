// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.translate.nginx.AnnotationCatalog.Entry;
import dev.fairway.ingress.translate.nginx.AnnotationCatalog.Support;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every key of ingress-nginx is known, and whoever writes another is told. */
class AnnotationCatalogTest {
  @Test
  void everyAnnotationOfIngressNginxIsClassified() {
    List<String> names = new ArrayList<>();
    AnnotationCatalog.all().forEach(entry -> names.add(entry.name()));
    assertThat(names).hasSizeGreaterThanOrEqualTo(129).isSorted().doesNotHaveDuplicates();
    assertThat(AnnotationCatalog.all()).allSatisfy(entry -> assertThat(entry.note()).isNotBlank());
  }

  @ParameterizedTest(name = "{0} is refused")
  @CsvSource({
    "configuration-snippet",
    "server-snippet",
    "stream-snippet",
    "auth-snippet",
    "modsecurity-snippet"
  })
  void rawConfigurationIsRefusedForEver(String name) {
    assertThat(AnnotationCatalog.find(name)).extracting(Entry::support).isEqualTo(Support.REFUSED);
    Annotated result = Annotated.web(name + "=more_set_headers 'x: y'");
    assertThat(result.reasons()).containsExactly("RefusedAnnotation");
    assertThat(result.get("https://h/")).isEqualTo("forward h /");
  }

  @ParameterizedTest(name = "{0}: did you mean {1}?")
  @CsvSource({
    "rate-limit, limit-rps",
    "rate-limit-window, limit-rpm",
    "server-snippets, server-snippet",
    "secure-backends, backend-protocol",
    "proxy-body-sizes, proxy-body-size",
    "prxy-read-timeout, proxy-read-timeout",
    "redirect-ssl, ssl-redirect",
    "enable-websockets, ''",
    "hsts, ''",
    "nothing-like-it-at-all, ''",
  })
  void unknownKeyIsReportedWithTheNearestRealOne(String name, String meant) {
    Annotated result = Annotated.web(name + "=x");
    assertThat(result.reasons()).containsExactly("UnknownAnnotation");
    if (meant.isEmpty()) {
      assertThat(result.told().getFirst()).doesNotContain("did you mean");
    } else {
      assertThat(result.told().getFirst()).contains("did you mean " + meant + "?");
    }
  }

  @Test
  void textOfTheUserIsBoundedAndPrintableInMessages() {
    Annotated result = Annotated.web("proxy-read-timeout=" + "\u0007\u00e4\n" + "9".repeat(5000));
    assertThat(result.reasons()).containsExactly("AnnotationInvalid");
    assertThat(result.told().getFirst()).hasSizeLessThan(400).matches("[ -~]+");
  }

  @Test
  void annotationsOfOthersAreNobodysBusiness() {
    assertThat(
            Annotated.compile(
                    Annotated.options(),
                    java.util.Map.of(),
                    dev.fairway.ingress.TestObjects.ingress("a")
                        .annotation("cert-manager.io/cluster-issuer", "x")
                        .annotation("kubernetes.io/tls-acme", "true")
                        .host("h")
                        .prefix("/", "web")
                        .build())
                .told())
        .isEmpty();
  }

  @Test
  void readmeSaysWhatEachAnnotationDoes() throws IOException {
    String readme = Files.readString(Path.of("ANNOTATIONS.md"));
    for (Entry entry : AnnotationCatalog.all()) {
      assertThat(readme).contains(row(entry));
    }
  }

  /** A row of the table in ANNOTATIONS.md. */
  static String row(Entry entry) {
    String support =
        switch (entry.support()) {
          case SUPPORTED -> "yes";
          case DIFFERENT -> "differs";
          case UNSUPPORTED -> "no";
          case REFUSED -> "refused";
        };
    return "| `" + entry.name() + "` | " + support + " | " + entry.note() + " |\n";
  }
}
