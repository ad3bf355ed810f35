// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The addresses that the status of an Ingress gets, by the type of the Service in front. */
class PublishedServiceTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "load balancer with both | type: LoadBalancer | {ip: 192.0.2.1}, {hostname: lb.example} |"
            + " 192.0.2.1 lb.example",
        "load balancer and more  | 'type: LoadBalancer, externalIPs: [192.0.2.2]' | {ip: 192.0.2.1}"
            + " | 192.0.2.1 192.0.2.2",
        "load balancer, none yet | type: LoadBalancer | '' | ''",
        "cluster IP              | 'type: ClusterIP, clusterIP: 10.96.0.9' | '' | 10.96.0.9",
        "headless                | 'type: ClusterIP, clusterIP: None' | '' | ''",
        "node port               | 'type: NodePort, clusterIP: 10.96.0.9' | '' | 10.96.0.9",
        "node port, external     | 'type: NodePort, clusterIP: 10.96.0.9, externalIPs: [192.0.2.3]'"
            + " | '' | 192.0.2.3",
        "name elsewhere          | 'type: ExternalName, externalName: front.example' | '' |"
            + " front.example",
      })
  void addressesOf(String row, String spec, String ingress, String expected) throws Exception {
    String yaml =
        "{apiVersion: v1, kind: Service, metadata: {name: front, namespace: default}, spec: {"
            + spec
            + "}, status: {loadBalancer: {ingress: ["
            + ingress
            + "]}}}";
    var service = KubeCodec.decode(Resource.SERVICES, KubeCodec.yamlDocuments(yaml).getFirst());
    assertThat(String.join(" ", PublishedService.addresses(service))).as(row).isEqualTo(expected);
  }
}
