// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Node: pod addresses that never change once set, and taints. */
final class NodeStrategy extends SpecStrategy {
  private static final List<String> EFFECTS =
      List.of("NoSchedule", "PreferNoSchedule", "NoExecute");

  NodeStrategy() {
    super(Printers.NODES, true, false);
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    ObjectNode spec = Tree.ensure(o, "spec");
    if (!spec.path("unschedulable").asBoolean(false)) {
      spec.remove("unschedulable");
    }
    ObjectNode status = Tree.ensure(o, "status");
    if (!status.has("allocatable") && status.has("capacity")) {
      status.set("allocatable", status.get("capacity").deepCopy());
    }
    if (Tree.isSet(spec, "podCIDR") && spec.path("podCIDRs").isEmpty()) {
      spec.putArray("podCIDRs").add(Tree.text(spec, "podCIDR"));
    }
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    // A node registers itself with its status.
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    JsonNode spec = next.path("spec");
    taints(problems, spec);
    podCidrs(problems, spec);
    addresses(problems, next.path("status"));
    if (old != null) {
      JsonNode before = old.path("spec");
      if (Tree.isSet(before, "podCIDR")
          && !Tree.text(spec, "podCIDR").equals(Tree.text(before, "podCIDR"))) {
        problems.forbidden(
            "spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
      }
      if (Tree.isSet(before, "providerID")
          && !Tree.text(spec, "providerID").equals(Tree.text(before, "providerID"))) {
        problems.forbidden(
            "spec.providerID", "node updates may not change providerID except from \"\" to valid");
      }
    }
    return problems.list();
  }

  private static void taints(Problems problems, JsonNode spec) {
    Set<String> seen = new HashSet<>();
    int i = 0;
    for (ObjectNode taint : Tree.objects(spec, "taints")) {
      // Kubernetes names the path so, though taints stand in the spec.
      String at = "metadata.taints[" + i++ + "]";
      String key = Tree.text(taint, "key");
      String value = Tree.text(taint, "value");
      String effect = Tree.text(taint, "effect");
      problems.syntax(at + ".key", key, Syntax.qualifiedName(key));
      problems.syntax(at + ".value", value, Syntax.labelValue(value));
      if (effect.isEmpty()) {
        problems.required(at + ".effect", "");
      } else {
        problems.oneOf(at + ".effect", effect, EFFECTS);
      }
      if (!seen.add(key + ":" + effect)) {
        ObjectNode shown = taint.objectNode();
        shown.put("Key", key).put("Value", value).put("Effect", effect).putNull("TimeAdded");
        problems.add(
            new FieldError(
                FieldError.Type.DUPLICATE,
                at,
                shown.toString(),
                "taints must be unique by key and effect pair"));
      }
    }
  }

  private static void podCidrs(Problems problems, JsonNode spec) {
    int i = 0;
    for (String cidr : Tree.texts(spec, "podCIDRs")) {
      String at = "spec.podCIDRs[" + i++ + "]";
      if (IpRange.parse(cidr) == null) {
        problems.invalid(
            at, cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
      }
    }
    Set<Boolean> families = new HashSet<>();
    boolean repeated = false;
    for (String cidr : Tree.texts(spec, "podCIDRs")) {
      IpRange range = IpRange.parse(cidr);
      repeated |= range != null && !families.add(range.first().v6());
    }
    if (repeated) {
      problems.invalid(
          "spec.podCIDRs",
          spec.path("podCIDRs"),
          "may specify no more than one CIDR for each IP family");
    }
  }

  private static void addresses(Problems problems, JsonNode status) {
    Set<ObjectNode> seen = new HashSet<>();
    int i = 0;
    for (ObjectNode address : Tree.objects(status, "addresses")) {
      if (!seen.add(address)) {
        problems.duplicate("status.addresses[" + i + "]", address);
      }
      i++;
    }
  }

  @Override
  public Map<String, String> selectableFields(ObjectNode o) {
    return Map.of(
        "spec.unschedulable",
        Boolean.toString(o.path("spec").path("unschedulable").asBoolean(false)));
  }
}
