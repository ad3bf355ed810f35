// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.ServicePort;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the ports of Services whose endpoints nobody lists. */
class ServiceTranslatorTest {
  @ParameterizedTest(name = "{0}, targetPort {1}: {2}")
  @CsvSource({
    "ExternalName, 8080, 8080",
    "ExternalName, '\"8080\"', 8080",
    "ExternalName, http, 0",
    "ExternalName, 0, 0",
    "ExternalName, 70000, 0",
    "ExternalName, null, 0",
    "ClusterIP, 8080, 0",
  })
  void portOfAnExternalNameStandsForItsTarget(String type, String target, int expected) {
    Service service =
        KubeCodec.decode(
            Resource.SERVICES,
            KubeCodec.yamlDocuments(
                    "{kind: Service, metadata: {name: web, namespace: shop}, spec: {type: "
                        + type
                        + ", externalName: app.example, ports: [{name: http, port: 80,"
                        + " appProtocol: https, targetPort: "
                        + target
                        + "}]}}")
                .getFirst());
    ServicePort port = ServiceTranslator.translate(service).ports().getFirst();
    assertThat(port.target()).isEqualTo(expected);
    assertThat(port.port()).isEqualTo(80);
    assertThat(port.appProtocol()).isEqualTo("https");
  }
}
