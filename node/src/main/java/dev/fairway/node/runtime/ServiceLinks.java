// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The variables that tell a container about the Services of its namespace, as the kubelet's do. */
public final class ServiceLinks {
  /**
   * A Service with a ClusterIP.
   *
   * @param ports in the order of the Service
   */
  public record Link(String name, String clusterIp, List<Port> ports) {}

  /**
   * A port of one.
   *
   * @param name "" where it has none
   * @param protocol TCP, UDP or SCTP
   */
  public record Port(String name, String protocol, int port) {}

  private ServiceLinks() {}

  static Map<String, String> variables(List<Link> services) {
    Map<String, String> all = new LinkedHashMap<>();
    for (Link service : services) {
      if (!service.ports().isEmpty()) {
        add(all, service);
      }
    }
    return all;
  }

  private static void add(Map<String, String> all, Link service) {
    String prefix = variableName(service.name());
    Port first = service.ports().getFirst();
    all.put(prefix + "_SERVICE_HOST", service.clusterIp());
    all.put(prefix + "_SERVICE_PORT", Integer.toString(first.port()));
    for (Port port : service.ports()) {
      if (!port.name().isEmpty()) {
        all.put(
            prefix + "_SERVICE_PORT_" + variableName(port.name()), Integer.toString(port.port()));
      }
    }
    all.put(prefix + "_PORT", url(service, first));
    for (Port port : service.ports()) {
      String link = prefix + "_PORT_" + port.port() + "_" + port.protocol();
      all.put(link, url(service, port));
      all.put(link + "_PROTO", port.protocol().toLowerCase(Locale.ROOT));
      all.put(link + "_PORT", Integer.toString(port.port()));
      all.put(link + "_ADDR", service.clusterIp());
    }
  }

  private static String url(Link service, Port port) {
    String host =
        service.clusterIp().contains(":") ? "[" + service.clusterIp() + "]" : service.clusterIp();
    return port.protocol().toLowerCase(Locale.ROOT) + "://" + host + ":" + port.port();
  }

  private static String variableName(String name) {
    return name.replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
