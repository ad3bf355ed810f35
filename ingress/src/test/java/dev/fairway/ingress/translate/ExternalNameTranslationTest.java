// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.kube.api.Ingress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What owners of Ingresses are told of Services that are only names. */
class ExternalNameTranslationTest {
  private static final TranslatorOptions OPTIONS =
      TranslatorOptions.of("fairway", "fairway.dev/ingress");

  @ParameterizedTest(name = "served: {0}, ports of the Service: {1}, asked for: {2}")
  @CsvSource({
    "false, 0,  80,   UnsupportedBackend",
    "false, 80, http, UnsupportedBackend",
    "true,  0,  80,   ''",
    "true,  0,  http, ServicePortNotFound",
    "true,  80, 80,   ''",
    "true,  80, http, ''",
    "true,  80, 81,   ''",
  })
  void ownerIsTold(boolean served, int port, String wanted, String told) {
    ServiceSettingsBuilder service =
        ServiceInfo.Settings.of(TestObjects.NAMESPACE, "web")
            .type(ServiceType.EXTERNAL_NAME)
            .externalName("app.example");
    if (port > 0) {
      service.port("http", port);
    }
    Ingress.Backend backend =
        wanted.equals("http")
            ? TestObjects.backend("web")
            : TestObjects.backend("web", Integer.parseInt(wanted));
    Translation result =
        new IngressTranslator(OPTIONS.withExternalNames(served))
            .translate(
                new IngressObjects(
                    List.of(
                        TestObjects.ingress("a").host("h").path("Prefix", "/", backend).build()),
                    List.of(TestObjects.fairwayClass()),
                    Map.of(),
                    ServiceSnapshot.of(
                        1, List.of(new ServiceInfo(service.build(), List.of())), Set.of())));
    assertThat(result.diagnostics())
        .extracting(diagnostic -> diagnostic.reason().text())
        .isEqualTo(told.isEmpty() ? List.of() : List.of(told));
  }
}
