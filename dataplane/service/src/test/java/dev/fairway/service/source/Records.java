// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Service;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records as the API server would send them. */
final class Records {
  private Records() {}

  static Service service(String namespace, String name, String clusterIp) {
    return new ServiceRecord(namespace, name)
        .clusterIp(clusterIp)
        .port("p80", "TCP", 80, 0)
        .build();
  }

  static EndpointSlice slice(String namespace, String name, String service, String... addresses) {
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>();
    for (String address : addresses) {
      endpoints.add(endpoint(address, null, null, null));
    }
    return slice(namespace, name, service, "IPv4", endpoints, port("p80", 80));
  }

  static EndpointSlice slice(
      String namespace,
      String name,
      @Nullable String service,
      String addressType,
      List<EndpointSlice.Endpoint> endpoints,
      EndpointSlice.Port... ports) {
    Map<String, String> labels = new HashMap<>();
    if (service != null) {
      labels.put(EndpointSlice.SERVICE_NAME_LABEL, service);
    }
    return new EndpointSlice(
        ObjectMeta.of(namespace, name).withLabels(labels), addressType, endpoints, List.of(ports));
  }

  static EndpointSlice.Port port(@Nullable String name, @Nullable Integer number) {
    return new EndpointSlice.Port(name, null, number, null);
  }

  static EndpointSlice.Endpoint endpoint(
      String address,
      @Nullable Boolean ready,
      @Nullable Boolean serving,
      @Nullable Boolean terminating) {
    return new EndpointSlice.Endpoint(
        List.of(address),
        new EndpointSlice.Conditions(ready, serving, terminating),
        null,
        "node",
        null,
        null,
        null);
  }

  /** A Service field by field. */
  static final class ServiceRecord {
    private final String namespace;
    private final String name;
    private final Map<String, String> labels = new HashMap<>();
    private final List<Service.Port> ports = new ArrayList<>();
    private String type = "ClusterIP";
    private String clusterIp = "";
    private List<String> clusterIps = List.of();
    private List<String> families = List.of();
    private List<String> externalIps = List.of();
    private List<String> ranges = List.of();
    private List<Service.LoadBalancerIngress> ingress = List.of();
    private String externalPolicy = "";
    private int healthPort;

    ServiceRecord(String namespace, String name) {
      this.namespace = namespace;
      this.name = name;
    }

    ServiceRecord type(String value) {
      type = value;
      return this;
    }

    ServiceRecord label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    ServiceRecord clusterIp(String value) {
      clusterIp = value;
      return this;
    }

    ServiceRecord clusterIps(List<String> addresses, List<String> ofFamilies) {
      clusterIps = addresses;
      families = ofFamilies;
      clusterIp = addresses.get(0);
      return this;
    }

    ServiceRecord externalIps(String... values) {
      externalIps = List.of(values);
      return this;
    }

    ServiceRecord sourceRanges(String... values) {
      ranges = List.of(values);
      return this;
    }

    ServiceRecord ingress(Service.LoadBalancerIngress... values) {
      ingress = List.of(values);
      return this;
    }

    ServiceRecord externalLocal(int healthCheckNodePort) {
      externalPolicy = "Local";
      healthPort = healthCheckNodePort;
      return this;
    }

    ServiceRecord port(String portName, String protocol, int number, int nodePort) {
      ports.add(new Service.Port(portName, protocol, "", number, null, nodePort));
      return this;
    }

    Service build() {
      return new Service(
          ObjectMeta.of(namespace, name).withLabels(labels),
          new Service.Spec(
              type,
              clusterIp,
              clusterIps,
              families,
              "",
              externalIps,
              "example.org",
              Map.of(),
              ports,
              "None",
              null,
              "",
              externalPolicy,
              healthPort,
              false,
              "",
              "5.6.7.8",
              "",
              ranges,
              null),
          new Service.Status(new Service.LoadBalancerStatus(ingress)));
    }
  }
}
