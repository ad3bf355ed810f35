// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The cluster IPs and IP families of a Service: how they fit each other and how they may change.
 */
final class ServiceIpValidation {
  private static final List<String> FAMILIES = List.of("IPv4", "IPv6");
  private static final List<String> FAMILY_POLICIES =
      List.of("PreferDualStack", "RequireDualStack", "SingleStack");

  private ServiceIpValidation() {}

  static void fields(Problems problems, JsonNode spec) {
    if (ServiceType.is(spec, ServiceType.EXTERNAL_NAME)) {
      mustBeUnset(problems, spec);
      return;
    }
    String ip = Tree.text(spec, "clusterIP");
    JsonNode ips = spec.path("clusterIPs");
    List<String> list = Tree.texts(spec, "clusterIPs");
    if (!ip.isEmpty() && list.isEmpty()) {
      problems.required("spec.clusterIPs", "");
    }
    if (ip.isEmpty() && !list.isEmpty()) {
      problems.invalid("spec.clusterIPs", ips, "must be empty when `clusterIP` is not specified");
    } else if (!list.isEmpty() && !list.getFirst().equals(ip)) {
      problems.invalid("spec.clusterIPs", ips, "first value must match `clusterIP`");
    }
    families(problems, spec);
    addresses(problems, spec, list);
  }

  private static void mustBeUnset(Problems problems, JsonNode spec) {
    String reason = "may not be set for ExternalName services";
    for (String field : List.of("clusterIPs", "ipFamilies", "ipFamilyPolicy")) {
      if (Tree.isSet(spec, field) && !(spec.path(field).isArray() && spec.path(field).isEmpty())) {
        problems.forbidden("spec." + field, reason);
      }
    }
  }

  private static void families(Problems problems, JsonNode spec) {
    String policy = Tree.text(spec, "ipFamilyPolicy");
    if (!policy.isEmpty()) {
      problems.oneOf("spec.ipFamilyPolicy", policy, FAMILY_POLICIES);
    }
    List<String> families = Tree.texts(spec, "ipFamilies");
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < families.size(); i++) {
      String path = "spec.ipFamilies[" + i + "]";
      problems.oneOf(path, families.get(i), FAMILIES);
      if (!seen.add(families.get(i))) {
        problems.duplicate(path, spec.path("ipFamilies").path(i));
      }
    }
  }

  private static void addresses(Problems problems, JsonNode spec, List<String> ips) {
    List<String> families = Tree.texts(spec, "ipFamilies");
    for (int i = 0; i < ips.size(); i++) {
      String path = "spec.clusterIPs[" + i + "]";
      String ip = ips.get(i);
      if (ip.equals(ServiceType.NONE)) {
        if (ips.size() > 1) {
          problems.invalid(
              "spec.clusterIPs",
              spec.path("clusterIPs"),
              "'None' must be the first and only value");
          return;
        }
        continue;
      }
      Ip parsed = Ip.parse(ip);
      if (parsed == null) {
        problems.invalid(path, ip, Ip.problem(ip));
      } else if (i < families.size()
          && FAMILIES.contains(families.get(i))
          && !families.get(i).equals(parsed.family())) {
        problems.invalid(
            path,
            ip,
            "expected an " + families.get(i) + " value as indicated by `ipFamilies[" + i + "]`");
      }
    }
    if (ips.size() > 2) {
      problems.invalid("spec.clusterIPs", spec.path("clusterIPs"), "may only hold up to 2 values");
    }
    if (ips.size() == 2) {
      Ip first = Ip.parse(ips.get(0));
      Ip second = Ip.parse(ips.get(1));
      if (first != null && second != null && first.v6() == second.v6()) {
        problems.invalid(
            "spec.clusterIPs",
            spec.path("clusterIPs"),
            "may specify no more than one IP for each IP family");
      }
    }
  }

  /**
   * Cluster IPs stay while the type has them; the second may come and go with the family policy.
   */
  static void update(Problems problems, JsonNode spec, JsonNode before) {
    if (!ServiceType.needsClusterIp(before) || !ServiceType.needsClusterIp(spec)) {
      return;
    }
    List<String> ips = Tree.texts(spec, "clusterIPs");
    List<String> oldIps = Tree.texts(before, "clusterIPs");
    List<String> families = Tree.texts(spec, "ipFamilies");
    List<String> oldFamilies = Tree.texts(before, "ipFamilies");
    if (!oldIps.isEmpty()) {
      if (ips.isEmpty()) {
        problems.invalid(
            "spec.clusterIPs[0]", spec.path("clusterIPs"), "primary clusterIP can not be unset");
      } else if (!ips.getFirst().equals(oldIps.getFirst())) {
        problems.invalid("spec.clusterIPs[0]", spec.path("clusterIPs"), "may not change once set");
      }
    }
    if (!oldFamilies.isEmpty()) {
      if (families.isEmpty()) {
        problems.invalid(
            "spec.ipFamilies[0]", spec.path("ipFamilies"), "primary ipFamily can not be unset");
      } else if (!families.getFirst().equals(oldFamilies.getFirst())
          && !mismatched(ips, families)) {
        problems.invalid("spec.ipFamilies[0]", spec.path("ipFamilies"), "may not change once set");
      }
    }
    secondary(problems, spec, before);
  }

  /** What a load balancer was told at creation stays while the Service is one. */
  static void loadBalancerUpdate(Problems problems, JsonNode spec, JsonNode before) {
    boolean stays =
        ServiceType.is(spec, ServiceType.LOAD_BALANCER)
            && ServiceType.is(before, ServiceType.LOAD_BALANCER);
    JsonNode next = spec.path("loadBalancerClass");
    if (stays && !next.equals(before.path("loadBalancerClass"))) {
      problems.invalid("spec.loadBalancerClass", next, "may not change once set");
    }
    boolean checked =
        ServiceType.needsHealthCheckNodePort(spec) && ServiceType.needsHealthCheckNodePort(before);
    long port = Tree.number(spec, "healthCheckNodePort", 0);
    if (checked && port != Tree.number(before, "healthCheckNodePort", 0)) {
      problems.forbidden("spec.healthCheckNodePort", Problems.IMMUTABLE);
    }
  }

  /**
   * Whether the first address is of another family than the first family; that is reported as such.
   */
  private static boolean mismatched(List<String> ips, List<String> families) {
    Ip ip = ips.isEmpty() ? null : Ip.parse(ips.getFirst());
    return ip != null && !ip.family().equals(families.getFirst());
  }

  private static void secondary(Problems problems, JsonNode spec, JsonNode before) {
    for (String field : List.of("clusterIPs", "ipFamilies")) {
      JsonNode now = spec.path(field);
      JsonNode then = before.path(field);
      boolean single = Tree.text(spec, "ipFamilyPolicy").equals("SingleStack");
      if (then.size() == 2 && now.size() == 2 && !then.get(1).equals(now.get(1)) && !single) {
        problems.invalid("spec." + field + "[1]", now, "may not change once set");
      }
      if (then.size() == 2 && now.size() == 1 && !single) {
        String what = field.equals("clusterIPs") ? "secondary clusterIP" : "secondary ipFamily";
        problems.invalid(
            "spec.ipFamilyPolicy",
            spec.path("ipFamilyPolicy"),
            "must be set to 'SingleStack' when releasing the " + what);
      }
    }
  }
}
