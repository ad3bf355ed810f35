// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Decides the IP families of a Service from what the client said and what the cluster has. */
final class ServiceFamilies {
  private static final String REQUIRE = "RequireDualStack";
  private static final String SINGLE = "SingleStack";

  private final List<String> configured;

  /**
   * @param configured families of the service CIDRs, the default one first
   */
  ServiceFamilies(List<String> configured) {
    this.configured = List.copyOf(configured);
  }

  /** Fills ipFamilies and ipFamilyPolicy; reports what the cluster cannot do. */
  void init(ObjectNode spec, JsonNode before, Problems problems) {
    if (!ServiceType.needsClusterIp(spec)) {
      return;
    }
    if (ServiceType.needsClusterIp(before)) {
      keep(spec, before, "ipFamilyPolicy");
      if (spec.path("ipFamilies").isEmpty()) {
        keep(spec, before, "ipFamilies");
      }
    }
    List<String> families = new ArrayList<>(Tree.texts(spec, "ipFamilies"));
    int given = families.size();
    inferFromIps(spec, families);
    boolean headless = ServiceType.isHeadless(spec);
    boolean selectorless = headless && spec.path("selector").isEmpty();
    if (!selectorless) {
      check(spec, families, given, problems);
    }
    if (!problems.isEmpty()) {
      return;
    }
    if (families.isEmpty()) {
      families.add(configured.getFirst());
    }
    Tree.defaultText(spec, "ipFamilyPolicy", selectorless ? REQUIRE : SINGLE);
    boolean single = Tree.text(spec, "ipFamilyPolicy").equals(SINGLE);
    boolean settled =
        Tree.text(before, "ipFamilyPolicy").equals(Tree.text(spec, "ipFamilyPolicy"))
            && ServiceType.needsClusterIp(before);
    if (families.size() == 1 && !single && !settled) {
      String other = families.getFirst().equals("IPv4") ? "IPv6" : "IPv4";
      if (selectorless || configured.contains(other)) {
        families.add(other);
      }
    }
    spec.set("ipFamilies", Tree.array(families));
  }

  private static void keep(ObjectNode spec, JsonNode before, String field) {
    if (!Tree.isSet(spec, field) && before.has(field)) {
      spec.set(field, before.get(field).deepCopy());
    }
  }

  private static void inferFromIps(ObjectNode spec, List<String> families) {
    List<String> ips = Tree.texts(spec, "clusterIPs");
    for (int i = families.size(); i < ips.size() && i < 2; i++) {
      Ip ip = Ip.parse(ips.get(i));
      if (ip != null && !families.contains(ip.family())) {
        families.add(ip.family());
      }
    }
  }

  private void check(ObjectNode spec, List<String> families, int given, Problems problems) {
    String policy = Tree.isSet(spec, "ipFamilyPolicy") ? Tree.text(spec, "ipFamilyPolicy") : SINGLE;
    if (policy.equals(SINGLE) && families.size() == 2) {
      problems.invalid(
          "spec.ipFamilyPolicy",
          policy,
          "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified");
      return;
    }
    if (policy.equals(REQUIRE) && configured.size() == 1) {
      problems.invalid(
          "spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services");
      return;
    }
    for (int i = 0; i < families.size(); i++) {
      String family = families.get(i);
      boolean known = family.equals("IPv4") || family.equals("IPv6");
      if (known && !configured.contains(family) && i >= given) {
        problems.invalid(
            "spec.clusterIPs[" + i + "]",
            spec.path("clusterIPs"),
            family + " is not configured on this cluster");
      } else if (known && !configured.contains(family)) {
        problems.invalid("spec.ipFamilies[" + i + "]", family, "not configured on this cluster");
      }
    }
  }
}
