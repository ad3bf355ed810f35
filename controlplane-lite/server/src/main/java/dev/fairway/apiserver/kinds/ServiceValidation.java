// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.FieldError;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What Kubernetes refuses in a Service, in its order. Loopback external addresses are allowed: see
 * DECISIONS.md.
 */
final class ServiceValidation {
  private static final List<String> TYPES =
      List.of(
          ServiceType.CLUSTER_IP,
          ServiceType.EXTERNAL_NAME,
          ServiceType.LOAD_BALANCER,
          ServiceType.NODE_PORT);
  private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
  private static final List<String> POLICIES = List.of("Cluster", "Local");
  private static final List<String> DISTRIBUTIONS =
      List.of("PreferClose", "PreferSameZone", "PreferSameNode");
  private static final String ONLY_LB = "may only be used when `type` is 'LoadBalancer'";

  private final Problems problems = new Problems();
  private final JsonNode spec;
  private final String type;

  private ServiceValidation(ObjectNode service) {
    this.spec = service.path("spec");
    this.type = ServiceType.of(spec);
  }

  static List<FieldError> validate(ObjectNode next, @Nullable ObjectNode old) {
    ServiceValidation run = new ServiceValidation(next);
    if (old != null) {
      ServiceIpValidation.update(run.problems, run.spec, old.path("spec"));
      ServiceIpValidation.loadBalancerUpdate(run.problems, run.spec, old.path("spec"));
    }
    run.all();
    return run.problems.list();
  }

  private void all() {
    if (spec.path("ports").isEmpty()
        && !ServiceType.isHeadless(spec)
        && !type.equals(ServiceType.EXTERNAL_NAME)) {
      problems.required("spec.ports", "");
    }
    byType();
    ports();
    Syntax.labels(problems, "spec.selector", spec.path("selector"));
    affinity();
    ServiceIpValidation.fields(problems, spec);
    externalIps();
    if (type.isEmpty()) {
      problems.required("spec.type", "");
    } else {
      problems.oneOf("spec.type", type, TYPES);
    }
    nodePorts();
    duplicatePorts();
    sourceRanges();
    loadBalancer();
    policies();
    String distribution = Tree.text(spec, "trafficDistribution");
    if (!distribution.isEmpty()) {
      problems.oneOf("spec.trafficDistribution", distribution, DISTRIBUTIONS);
    }
  }

  private void byType() {
    switch (type) {
      case ServiceType.LOAD_BALANCER, ServiceType.NODE_PORT -> headlessForbidden();
      case ServiceType.EXTERNAL_NAME -> {
        String name = Tree.text(spec, "externalName");
        String trimmed = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (trimmed.isEmpty()) {
          problems.required("spec.externalName", "");
        } else {
          problems.syntax("spec.externalName", trimmed, Syntax.subdomain(trimmed));
        }
      }
      default -> {}
    }
  }

  private void headlessForbidden() {
    if (ServiceType.isHeadless(spec)) {
      problems.invalid(
          "spec.clusterIPs[0]",
          ServiceType.NONE,
          "may not be set to 'None' for " + type + " services");
    }
  }

  private void ports() {
    List<ObjectNode> ports = Tree.objects(spec, "ports");
    Set<String> names = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      ObjectNode port = ports.get(i);
      String path = "spec.ports[" + i + "]";
      String name = Tree.text(port, "name");
      if (name.isEmpty()) {
        if (ports.size() > 1) {
          problems.required(path + ".name", "");
        }
      } else {
        problems.syntax(path + ".name", name, Syntax.label(name));
        if (!names.add(name)) {
          problems.duplicate(path + ".name", port.path("name"));
        }
      }
      Syntax.portNumber(problems, path + ".port", Tree.number(port, "port", 0));
      String protocol = Tree.text(port, "protocol");
      if (protocol.isEmpty()) {
        problems.required(path + ".protocol", "");
      } else {
        problems.oneOf(path + ".protocol", protocol, PROTOCOLS);
      }
      targetPort(path, port);
      String appProtocol = Tree.text(port, "appProtocol");
      if (!appProtocol.isEmpty()) {
        problems.syntax(path + ".appProtocol", appProtocol, Syntax.qualifiedName(appProtocol));
      }
    }
  }

  private void targetPort(String path, ObjectNode port) {
    JsonNode target = port.path("targetPort");
    if (target.isString()) {
      Syntax.portName(problems, path + ".targetPort", target.stringValue());
    } else {
      Syntax.portNumber(problems, path + ".targetPort", target.asLong(0));
    }
  }

  private void affinity() {
    String affinity = Tree.text(spec, "sessionAffinity");
    if (affinity.isEmpty()) {
      problems.required("spec.sessionAffinity", "");
    } else {
      problems.oneOf("spec.sessionAffinity", affinity, List.of("ClientIP", "None"));
    }
    if (affinity.equals("ClientIP")) {
      long seconds =
          Tree.number(spec.path("sessionAffinityConfig").path("clientIP"), "timeoutSeconds", 0);
      if (seconds <= 0 || seconds > 86400) {
        problems.invalid(
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
            seconds,
            "must be greater than 0 and less than 86400");
      }
    } else if (affinity.equals("None") && spec.has("sessionAffinityConfig")) {
      problems.forbidden(
          "spec.sessionAffinityConfig", "must not be set when session affinity is None");
    }
  }

  private void externalIps() {
    int i = 0;
    for (String ip : Tree.texts(spec, "externalIPs")) {
      String path = "spec.externalIPs[" + i++ + "]";
      Ip parsed = Ip.parse(ip);
      if (parsed == null) {
        problems.invalid(path, ip, Ip.problem(ip));
      } else {
        specialIp(problems, path, ip, parsed);
      }
    }
  }

  /**
   * Addresses that no Service or endpoint can have. Kubernetes also refuses loopback ones; our
   * default network lives there.
   */
  static void specialIp(Problems problems, String path, String text, Ip ip) {
    if (ip.value().signum() == 0) {
      problems.invalid(path, text, "may not be unspecified (" + (ip.v6() ? "::" : "0.0.0.0") + ")");
    }
    if (ip.in("169.254.0.0/16") || ip.in("fe80::/10")) {
      problems.invalid(
          path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if (ip.in("224.0.0.0/24") || ip.in("ff02::/16")) {
      problems.invalid(
          path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
  }

  private void nodePorts() {
    List<ObjectNode> ports = Tree.objects(spec, "ports");
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      long nodePort = Tree.number(ports.get(i), "nodePort", 0);
      String path = "spec.ports[" + i + "].nodePort";
      if (nodePort == 0) {
        continue;
      }
      if (type.equals(ServiceType.CLUSTER_IP)) {
        problems.forbidden(path, "may not be used when `type` is 'ClusterIP'");
      }
      String key = Tree.text(ports.get(i), "protocol") + "/" + nodePort;
      if (!seen.add(key)) {
        problems.duplicate(path, ports.get(i).path("nodePort"));
      }
    }
  }

  private void duplicatePorts() {
    List<ObjectNode> ports = Tree.objects(spec, "ports");
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      long number = Tree.number(ports.get(i), "port", 0);
      String protocol = Tree.text(ports.get(i), "protocol");
      if (!seen.add(protocol + "/" + number)) {
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        // The Go structure with the fields that make it a duplicate.
        shown.put("Name", "").put("Protocol", protocol).putNull("AppProtocol");
        shown.put("Port", number).put("TargetPort", 0).put("NodePort", 0);
        problems.duplicate("spec.ports[" + i + "]", shown);
      }
    }
  }

  private void sourceRanges() {
    List<String> ranges = Tree.texts(spec, "loadBalancerSourceRanges");
    if (ranges.isEmpty()) {
      return;
    }
    String path = "spec.LoadBalancerSourceRanges";
    if (!type.equals(ServiceType.LOAD_BALANCER)) {
      problems.forbidden(path, ONLY_LB);
    }
    for (int i = 0; i < ranges.size(); i++) {
      String range = ranges.get(i);
      if (IpRange.parse(range.strip()) == null) {
        problems.invalid(
            path + "[" + i + "]",
            range,
            "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
      }
    }
  }

  private void loadBalancer() {
    boolean balancer = type.equals(ServiceType.LOAD_BALANCER);
    boolean allocate = spec.has("allocateLoadBalancerNodePorts");
    if (balancer && !allocate) {
      problems.required("spec.allocateLoadBalancerNodePorts", "");
    }
    if (!balancer && allocate) {
      problems.forbidden("spec.allocateLoadBalancerNodePorts", ONLY_LB);
    }
    if (spec.has("loadBalancerClass")) {
      String name = Tree.text(spec, "loadBalancerClass");
      if (!balancer) {
        problems.forbidden("spec.loadBalancerClass", ONLY_LB);
      }
      problems.syntax("spec.loadBalancerClass", name, Syntax.qualifiedName(name));
    }
  }

  private void policies() {
    String external = Tree.text(spec, "externalTrafficPolicy");
    if (!ServiceType.isExternallyAccessible(spec)) {
      if (!external.isEmpty()) {
        problems.invalid(
            "spec.externalTrafficPolicy",
            external,
            "may only be set for externally-accessible services");
      }
    } else if (external.isEmpty()) {
      problems.required("spec.externalTrafficPolicy", "");
    } else {
      problems.oneOf("spec.externalTrafficPolicy", external, POLICIES);
    }
    long healthPort = Tree.number(spec, "healthCheckNodePort", 0);
    if (!ServiceType.needsHealthCheckNodePort(spec) && healthPort != 0) {
      problems.invalid(
          "spec.healthCheckNodePort",
          healthPort,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
    } else if (healthPort != 0) {
      Syntax.portNumber(problems, "spec.healthCheckNodePort", healthPort);
    }
    String internal = Tree.text(spec, "internalTrafficPolicy");
    if (ServiceType.needsClusterIp(spec) && internal.isEmpty()) {
      problems.required("spec.internalTrafficPolicy", "");
    } else if (!internal.isEmpty()) {
      problems.oneOf("spec.internalTrafficPolicy", internal, POLICIES);
    }
  }

  /** Checks a status update. */
  static List<FieldError> status(ObjectNode service) {
    Problems problems = new Problems();
    LoadBalancerStatus.validate(
        problems,
        "status.loadBalancer",
        service.path("status").path("loadBalancer"),
        ServiceType.is(service.path("spec"), ServiceType.LOAD_BALANCER));
    return problems.list();
  }
}
