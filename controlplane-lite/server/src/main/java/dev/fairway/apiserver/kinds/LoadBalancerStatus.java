// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The addresses that a load balancer publishes in the status of a Service or Ingress. */
final class LoadBalancerStatus {
  private LoadBalancerStatus() {}

  static void validate(Problems problems, String path, JsonNode status, boolean allowed) {
    List<ObjectNode> points = Tree.objects(status, "ingress");
    if (!allowed && !points.isEmpty()) {
      problems.forbidden(path + ".ingress", "may only be used when `spec.type` is 'LoadBalancer'");
      return;
    }
    for (int i = 0; i < points.size(); i++) {
      String point = path + ".ingress[" + i + "]";
      String ip = Tree.text(points.get(i), "ip");
      if (!ip.isEmpty() && Ip.parse(ip) == null) {
        problems.invalid(point + ".ip", ip, Ip.problem(ip));
      }
      String mode = Tree.text(points.get(i), "ipMode");
      if (!mode.isEmpty()) {
        if (ip.isEmpty()) {
          problems.forbidden(point + ".ipMode", "may not be specified when `ip` is not set");
        } else {
          problems.oneOf(point + ".ipMode", mode, List.of("Proxy", "VIP"));
        }
      }
      String host = Tree.text(points.get(i), "hostname");
      if (!host.isEmpty()) {
        problems.syntax(point + ".hostname", host, Syntax.subdomain(host));
        if (Ip.parse(host) != null) {
          problems.invalid(point + ".hostname", host, "must be a DNS name, not an IP address");
        }
      }
    }
  }
}
