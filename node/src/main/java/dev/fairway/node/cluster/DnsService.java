// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Service that Kubernetes has for its DNS: {@code kube-dns} in {@code kube-system}, without a
 * selector; its EndpointSlice leads to the DNS server of this process.
 */
final class DnsService {
  static final String NAMESPACE = "kube-system";
  static final String NAME = "kube-dns";
  private static final Logger LOG = System.getLogger(DnsService.class.getName());
  private static final int PORT = 53;

  private final KubeClient client;
  private final String clusterIp;

  /**
   * A Service that is not there yet.
   *
   * @param clusterIp used if the Service is new
   */
  DnsService(KubeClient client, String clusterIp) {
    this.client = client;
    this.clusterIp = clusterIp;
  }

  /** Creates both objects, or brings them up to date; the cluster works without them too. */
  void publish(InetSocketAddress server) throws IOException, InterruptedException {
    try {
      put(Resource.SERVICES, service());
      put(Resource.ENDPOINT_SLICES, slice(server));
    } catch (KubeApiException e) {
      LOG.log(Level.WARNING, "Service " + NAMESPACE + "/" + NAME + " is not there", e);
    }
  }

  private <T extends KubeObject> void put(Resource<T> resource, ObjectNode object)
      throws KubeApiException, IOException, InterruptedException {
    String name = object.path("metadata").path("name").asString("");
    if (client.find(resource, NAMESPACE, name) == null) {
      client.create(resource, NAMESPACE, object);
      return;
    }
    if (object.path("spec") instanceof ObjectNode spec) {
      spec.remove("clusterIP");
    }
    client.patch(resource, NAMESPACE, name, null, PatchType.MERGE, object);
  }

  private ObjectNode service() {
    ObjectNode service = object("v1", "Service", NAME);
    labels(service)
        .put("kubernetes.io/cluster-service", "true")
        .put("kubernetes.io/name", "CoreDNS");
    ObjectNode spec = service.putObject("spec");
    spec.put("clusterIP", clusterIp);
    ArrayNode ports = spec.putArray("ports");
    port(ports, "dns", "UDP", PORT).put("targetPort", PORT);
    port(ports, "dns-tcp", "TCP", PORT).put("targetPort", PORT);
    return service;
  }

  private static ObjectNode slice(InetSocketAddress server) {
    ObjectNode slice = object("discovery.k8s.io/v1", "EndpointSlice", NAME + "-fairway");
    labels(slice)
        .put("kubernetes.io/service-name", NAME)
        .put("endpointslice.kubernetes.io/managed-by", "fairway-up");
    slice.put("addressType", "IPv4");
    ObjectNode endpoint = slice.putArray("endpoints").addObject();
    endpoint.putArray("addresses").add(server.getAddress().getHostAddress());
    endpoint
        .putObject("conditions")
        .put("ready", true)
        .put("serving", true)
        .put("terminating", false);
    endpoint.put("nodeName", ClusterConfig.nodeName(1));
    ArrayNode ports = slice.putArray("ports");
    port(ports, "dns", "UDP", server.getPort());
    port(ports, "dns-tcp", "TCP", server.getPort());
    return slice;
  }

  private static ObjectNode object(String version, String kind, String name) {
    ObjectNode object = KubeCodec.json().createObjectNode();
    object.put("apiVersion", version).put("kind", kind);
    object.putObject("metadata").put("name", name).put("namespace", NAMESPACE);
    return object;
  }

  private static ObjectNode labels(ObjectNode object) {
    return ((ObjectNode) object.required("metadata")).putObject("labels").put("k8s-app", NAME);
  }

  private static ObjectNode port(ArrayNode ports, String name, String protocol, int number) {
    return ports.addObject().put("name", name).put("protocol", protocol).put("port", number);
  }
}
