// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.NameRule;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Service: defaults, and what a change of type clears or keeps. Addresses and ports are allocated
 * by {@link ServiceAllocation}.
 */
final class ServiceStrategy extends SpecStrategy {
  ServiceStrategy() {
    super(Printers.SERVICES, true, false);
  }

  @Override
  public NameRule nameRule() {
    return NameRule.LABEL;
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    ObjectNode spec = Tree.ensure(o, "spec");
    Tree.dropEmpty(
        spec,
        "clusterIP",
        "clusterIPs",
        "externalIPs",
        "ipFamilies",
        "selector",
        "externalName",
        "externalTrafficPolicy",
        "loadBalancerIP",
        "loadBalancerSourceRanges",
        "ports");
    dropZero(spec, "healthCheckNodePort");
    defaultAffinity(spec);
    Tree.defaultText(spec, "type", ServiceType.CLUSTER_IP);
    for (ObjectNode port : Tree.objects(spec, "ports")) {
      Tree.defaultText(port, "protocol", "TCP");
      Tree.dropEmpty(port, "name");
      dropZero(port, "nodePort");
      JsonNode target = port.path("targetPort");
      boolean unset =
          target.isMissingNode()
              || (target.isNumber() ? target.asInt(0) == 0 : target.asString("").isEmpty());
      if (unset) {
        port.put("targetPort", Tree.number(port, "port", 0));
      }
    }
    if (ServiceType.isExternallyAccessible(spec)) {
      Tree.defaultText(spec, "externalTrafficPolicy", "Cluster");
    }
    if (ServiceType.needsClusterIp(spec)) {
      Tree.defaultText(spec, "internalTrafficPolicy", "Cluster");
    }
    if (ServiceType.is(spec, ServiceType.LOAD_BALANCER)) {
      Tree.defaultFlag(spec, "allocateLoadBalancerNodePorts", true);
    }
    for (ObjectNode ingress : Tree.objects(o.path("status").path("loadBalancer"), "ingress")) {
      if (Tree.isSet(ingress, "ip")) {
        Tree.defaultText(ingress, "ipMode", "VIP");
      }
    }
    ObjectNode status = Tree.ensure(o, "status");
    Tree.ensure(status, "loadBalancer");
  }

  private static void defaultAffinity(ObjectNode spec) {
    Tree.defaultText(spec, "sessionAffinity", "None");
    String affinity = Tree.text(spec, "sessionAffinity");
    if (affinity.equals("None")) {
      spec.remove("sessionAffinityConfig");
    } else if (affinity.equals("ClientIP")) {
      ObjectNode config = Tree.ensure(spec, "sessionAffinityConfig");
      Tree.defaultNumber(Tree.ensure(config, "clientIP"), "timeoutSeconds", 10800);
    }
  }

  private static void dropZero(ObjectNode o, String field) {
    if (o.path(field).isNumber() && Tree.number(o, field, 1) == 0) {
      o.remove(field);
    }
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    super.prepareForCreate(o);
    Tree.ensure(Tree.ensure(o, "status"), "loadBalancer");
    ObjectNode spec = Tree.ensure(o, "spec");
    if (Tree.isSet(spec, "clusterIP") && spec.path("clusterIPs").isEmpty()) {
      spec.putArray("clusterIPs").add(Tree.text(spec, "clusterIP"));
    }
  }

  @Override
  public void prepareForUpdate(ObjectNode next, ObjectNode old, @Nullable String subresource) {
    super.prepareForUpdate(next, old, subresource);
    if (subresource != null) {
      return;
    }
    ObjectNode spec = Tree.ensure(next, "spec");
    JsonNode before = old.path("spec");
    normalizeClusterIps(spec, before);
    keepAllocated(spec, before);
    dropTypeDependent(spec, before);
    trimToSingleStack(spec, before);
    applyDefaults(next);
    if (!ServiceType.is(spec, ServiceType.LOAD_BALANCER)) {
      Tree.ensure(next, "status").putObject("loadBalancer");
    }
  }

  /** Who writes only clusterIP must not have to know about clusterIPs. */
  private static void normalizeClusterIps(ObjectNode spec, JsonNode before) {
    String ip = Tree.text(spec, "clusterIP");
    String oldIp = Tree.text(before, "clusterIP");
    if (spec.path("clusterIPs").isEmpty() && !ip.isEmpty()) {
      if (ip.equals(oldIp) && before.has("clusterIPs")) {
        spec.set("clusterIPs", before.get("clusterIPs").deepCopy());
      } else {
        spec.putArray("clusterIPs").add(ip);
      }
    } else if (same(spec, before, "clusterIPs") && !ip.equals(oldIp)) {
      spec.remove("clusterIPs");
      if (!ip.isEmpty()) {
        spec.putArray("clusterIPs").add(ip);
      }
    }
  }

  /** A client that replaces the object without knowing what was allocated keeps it. */
  private static void keepAllocated(ObjectNode spec, JsonNode before) {
    if (ServiceType.needsClusterIp(before) && ServiceType.needsClusterIp(spec)) {
      if (!Tree.isSet(spec, "clusterIP") && Tree.isSet(before, "clusterIP")) {
        spec.put("clusterIP", Tree.text(before, "clusterIP"));
      }
      boolean sameIp = Tree.text(spec, "clusterIP").equals(Tree.text(before, "clusterIP"));
      if (spec.path("clusterIPs").isEmpty() && sameIp && before.has("clusterIPs")) {
        spec.set("clusterIPs", before.get("clusterIPs").deepCopy());
      }
    }
    if (ServiceType.usesNodePorts(before) && ServiceType.usesNodePorts(spec)) {
      keepNodePorts(spec, before);
    }
    boolean healthChecks =
        ServiceType.needsHealthCheckNodePort(before) && ServiceType.needsHealthCheckNodePort(spec);
    if (healthChecks && !spec.has("healthCheckNodePort") && before.has("healthCheckNodePort")) {
      spec.set("healthCheckNodePort", before.get("healthCheckNodePort"));
    }
  }

  private static void keepNodePorts(ObjectNode spec, JsonNode before) {
    Set<Long> used = new HashSet<>();
    for (ObjectNode port : Tree.objects(spec, "ports")) {
      used.add(Tree.number(port, "nodePort", 0));
    }
    Map<String, Long> byName = new HashMap<>();
    for (ObjectNode port : Tree.objects(before, "ports")) {
      byName.put(Tree.text(port, "name"), Tree.number(port, "nodePort", 0));
    }
    for (ObjectNode port : Tree.objects(spec, "ports")) {
      long old = byName.getOrDefault(Tree.text(port, "name"), 0L);
      if (Tree.number(port, "nodePort", 0) == 0 && old != 0 && !used.contains(old)) {
        port.put("nodePort", old);
        used.add(old);
      }
    }
  }

  /**
   * A change of type clears what the new type does not have, unless the client changed it too (then
   * validation speaks).
   */
  private static void dropTypeDependent(ObjectNode spec, JsonNode before) {
    if (ServiceType.needsClusterIp(before) && !ServiceType.needsClusterIp(spec)) {
      if (same(spec, before, "clusterIPs")) {
        spec.remove(List.of("clusterIP", "clusterIPs"));
      }
      dropIfSame(spec, before, "ipFamilies");
      dropIfSame(spec, before, "ipFamilyPolicy");
      dropIfSame(spec, before, "internalTrafficPolicy");
    }
    if (ServiceType.usesNodePorts(before)
        && !ServiceType.usesNodePorts(spec)
        && nodePorts(spec).equals(nodePorts(before))) {
      Tree.objects(spec, "ports").forEach(port -> port.remove("nodePort"));
    }
    if (ServiceType.needsHealthCheckNodePort(before)
        && !ServiceType.needsHealthCheckNodePort(spec)) {
      dropIfSame(spec, before, "healthCheckNodePort");
    }
    if (ServiceType.is(before, ServiceType.LOAD_BALANCER)
        && !ServiceType.is(spec, ServiceType.LOAD_BALANCER)) {
      dropIfSame(spec, before, "allocateLoadBalancerNodePorts");
      dropIfSame(spec, before, "loadBalancerClass");
    }
    if (ServiceType.isExternallyAccessible(before) && !ServiceType.isExternallyAccessible(spec)) {
      dropIfSame(spec, before, "externalTrafficPolicy");
    }
  }

  private static void trimToSingleStack(ObjectNode spec, JsonNode before) {
    boolean downgrade =
        Tree.text(spec, "ipFamilyPolicy").equals("SingleStack")
            && !Tree.text(before, "ipFamilyPolicy").equals("SingleStack")
            && ServiceType.needsClusterIp(spec);
    for (String field : List.of("clusterIPs", "ipFamilies")) {
      JsonNode values = spec.path(field);
      if (downgrade && values.size() == 2 && same(spec, before, field)) {
        spec.putArray(field).add(values.get(0));
      }
    }
  }

  private static Set<Long> nodePorts(JsonNode spec) {
    Set<Long> out = new HashSet<>();
    for (ObjectNode port : Tree.objects(spec, "ports")) {
      out.add(Tree.number(port, "nodePort", 0));
    }
    out.remove(0L);
    return out;
  }

  private static boolean same(JsonNode spec, JsonNode before, String field) {
    return spec.path(field).equals(before.path(field))
        || (spec.path(field).isEmpty()
            && before.path(field).isEmpty()
            && !before.path(field).isValueNode());
  }

  private static void dropIfSame(ObjectNode spec, JsonNode before, String field) {
    if (spec.path(field).equals(before.path(field))) {
      spec.remove(field);
    }
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    if ("status".equals(subresource)) {
      return ServiceValidation.status(next);
    }
    return ServiceValidation.validate(next, old);
  }

  @Override
  public Map<String, String> selectableFields(ObjectNode o) {
    JsonNode spec = o.path("spec");
    return Map.of(
        "spec.clusterIP", Tree.text(spec, "clusterIP"), "spec.type", Tree.text(spec, "type"));
  }
}
