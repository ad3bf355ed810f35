// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Pod: defaults, quality of service, and a spec that hardly changes once it is stored. */
final class PodStrategy extends SpecStrategy {
  private static final int NOT_READY_SECONDS = 300;
  private static final String UPDATE_FORBIDDEN =
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
          + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
          + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

  PodStrategy() {
    super(Printers.PODS, true, true);
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    ObjectNode spec = Tree.ensure(o, "spec");
    PodDefaults.apply(spec);
    Tree.defaultFlag(spec, "enableServiceLinks", true);
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    super.prepareForCreate(o);
    ObjectNode spec = Tree.ensure(o, "spec");
    ObjectNode status = Tree.ensure(o, "status");
    status.put("phase", "Pending").put("qosClass", QualityOfService.of(spec));
    // What the admission plugins ServiceAccount, Priority and DefaultTolerationSeconds add.
    Tree.defaultText(spec, "serviceAccountName", "default");
    spec.put("serviceAccount", Tree.text(spec, "serviceAccountName"));
    Tree.defaultNumber(spec, "priority", 0);
    Tree.defaultText(spec, "preemptionPolicy", "PreemptLowerPriority");
    tolerate(spec, "node.kubernetes.io/not-ready");
    tolerate(spec, "node.kubernetes.io/unreachable");
  }

  private static void tolerate(ObjectNode spec, String taint) {
    for (ObjectNode toleration : Tree.objects(spec, "tolerations")) {
      String key = Tree.text(toleration, "key");
      String effect = Tree.text(toleration, "effect");
      if ((key.equals(taint) || key.isEmpty())
          && (effect.equals("NoExecute") || effect.isEmpty())) {
        return;
      }
    }
    spec.withArray("tolerations")
        .addObject()
        .put("key", taint)
        .put("operator", "Exists")
        .put("effect", "NoExecute")
        .put("tolerationSeconds", NOT_READY_SECONDS);
  }

  @Override
  public void prepareForUpdate(ObjectNode next, ObjectNode old, @Nullable String subresource) {
    super.prepareForUpdate(next, old, subresource);
    if ("binding".equals(subresource) && next.has("status")) {
      return;
    }
    String qos = Tree.text(old.path("status"), "qosClass");
    if (!qos.isEmpty()) {
      Tree.defaultText(Tree.ensure(next, "status"), "qosClass", qos);
    }
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    JsonNode spec = next.path("spec");
    if (subresource != null) {
      return List.of();
    }
    PodSpecValidation.validate(problems, spec, "spec");
    if (old != null && problems.isEmpty()) {
      update(problems, next, old);
    }
    return problems.list();
  }

  private static void update(Problems problems, ObjectNode next, ObjectNode old) {
    JsonNode spec = next.path("spec");
    ObjectNode allowed = Tree.object(old, "spec").deepCopy();
    for (String list : List.of("containers", "initContainers")) {
      List<ObjectNode> before = Tree.objects(allowed, list);
      List<ObjectNode> after = Tree.objects(spec, list);
      if (before.size() != after.size()) {
        problems.forbidden("spec." + list, "pod updates may not add or remove containers");
        return;
      }
      for (int i = 0; i < before.size(); i++) {
        SpecStrategy.copy(before.get(i), after.get(i), "image");
      }
    }
    ObjectNode changed = Tree.object(next, "spec");
    SpecStrategy.copy(allowed, changed, "activeDeadlineSeconds");
    deadline(problems, changed, old.path("spec"));
    tolerations(problems, changed, old.path("spec"));
    SpecStrategy.copy(allowed, changed, "tolerations");
    boolean negative = Tree.number(old.path("spec"), "terminationGracePeriodSeconds", 0) < 0;
    if (negative && Tree.number(changed, "terminationGracePeriodSeconds", 0) == 1) {
      allowed.put("terminationGracePeriodSeconds", 1);
    }
    if (!sameNumbers(allowed, changed)) {
      problems.forbidden("spec", UPDATE_FORBIDDEN);
    }
  }

  private static void deadline(Problems problems, JsonNode spec, JsonNode old) {
    if (!old.has("activeDeadlineSeconds")) {
      return;
    }
    long before = Tree.number(old, "activeDeadlineSeconds", 0);
    long after = Tree.number(spec, "activeDeadlineSeconds", 0);
    if (!spec.has("activeDeadlineSeconds")) {
      problems.invalid(
          "spec.activeDeadlineSeconds",
          (JsonNode) null,
          "must not update from a positive integer to nil value");
    } else if (after > before) {
      problems.invalid(
          "spec.activeDeadlineSeconds", after, "must be less than or equal to previous value");
    }
  }

  private static void tolerations(Problems problems, JsonNode spec, JsonNode old) {
    for (ObjectNode before : Tree.objects(old, "tolerations")) {
      boolean kept =
          Tree.objects(spec, "tolerations").stream()
              .anyMatch(now -> {
                ObjectNode a = now.deepCopy();
                ObjectNode b = before.deepCopy();
                a.remove("tolerationSeconds");
                b.remove("tolerationSeconds");
                return a.equals(b);
              });
      if (!kept) {
        problems.forbidden(
            "spec.tolerations",
            "existing toleration can not be modified except its tolerationSeconds");
        return;
      }
    }
  }

  /** Equality where an int and a long of the same value are equal. */
  private static boolean sameNumbers(JsonNode a, JsonNode b) {
    return a.equals(
        (x, y) ->
            x.isIntegralNumber() && y.isIntegralNumber()
                ? Long.compare(x.asLong(), y.asLong())
                : x.equals(y) ? 0 : 1,
        b);
  }

  @Override
  public long deletionGraceSeconds(ObjectNode stored, @Nullable Long requested) {
    JsonNode spec = stored.path("spec");
    String phase = Tree.text(stored.path("status"), "phase");
    boolean finished = phase.equals("Failed") || phase.equals("Succeeded");
    if (Tree.text(spec, "nodeName").isEmpty() || finished) {
      return 0;
    }
    long own = Tree.number(spec, "terminationGracePeriodSeconds", 30);
    return Math.max(0, requested == null ? own : requested);
  }

  @Override
  public Map<String, String> selectableFields(ObjectNode o) {
    JsonNode spec = o.path("spec");
    JsonNode status = o.path("status");
    Map<String, String> out = new LinkedHashMap<>();
    out.put("spec.nodeName", Tree.text(spec, "nodeName"));
    out.put("spec.restartPolicy", Tree.text(spec, "restartPolicy"));
    out.put("spec.schedulerName", Tree.text(spec, "schedulerName"));
    out.put("spec.serviceAccountName", Tree.text(spec, "serviceAccountName"));
    out.put("spec.hostNetwork", Boolean.toString(Tree.flag(spec, "hostNetwork")));
    out.put("status.phase", Tree.text(status, "phase"));
    out.put("status.podIP", status.path("podIPs").path(0).path("ip").asString(""));
    out.put("status.nominatedNodeName", Tree.text(status, "nominatedNodeName"));
    return out;
  }
}
