// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** ReplicaSet and Deployment: a selector, a pod template and how many. */
final class WorkloadStrategy extends SpecStrategy {
  private static final List<String> STRATEGIES = List.of("Recreate", "RollingUpdate");

  private final boolean deployment;

  private WorkloadStrategy(boolean deployment) {
    super(deployment ? Printers.DEPLOYMENTS : Printers.REPLICA_SETS, true, true);
    this.deployment = deployment;
  }

  static WorkloadStrategy deployment() {
    return new WorkloadStrategy(true);
  }

  static WorkloadStrategy replicaSet() {
    return new WorkloadStrategy(false);
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    ObjectNode spec = Tree.ensure(o, "spec");
    Tree.defaultNumber(spec, "replicas", 1);
    PodDefaults.apply(Tree.ensure(Tree.ensure(spec, "template"), "spec"));
    if (!deployment) {
      return;
    }
    Tree.defaultNumber(spec, "revisionHistoryLimit", 10);
    Tree.defaultNumber(spec, "progressDeadlineSeconds", 600);
    ObjectNode strategy = Tree.ensure(spec, "strategy");
    Tree.defaultText(strategy, "type", "RollingUpdate");
    if (Tree.text(strategy, "type").equals("RollingUpdate")) {
      ObjectNode rolling = Tree.ensure(strategy, "rollingUpdate");
      Tree.defaultText(rolling, "maxUnavailable", "25%");
      Tree.defaultText(rolling, "maxSurge", "25%");
    }
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    super.prepareForCreate(o);
    if (deployment) {
      o.putObject("status");
    } else {
      o.putObject("status").put("replicas", 0);
    }
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    if ("status".equals(subresource)) {
      status(problems, next.path("status"));
      return problems.list();
    }
    JsonNode spec = next.path("spec");
    problems.nonNegative("spec", spec, "replicas");
    if (!deployment) {
      problems.nonNegative("spec", spec, "minReadySeconds");
    }
    if (selector(problems, spec)) {
      template(problems, spec);
    }
    if (deployment) {
      strategy(problems, spec.path("strategy"));
      problems.nonNegative("spec", spec, "minReadySeconds");
      problems.nonNegative("spec", spec, "revisionHistoryLimit");
      progress(problems, spec);
    }
    if (old != null && !spec.path("selector").equals(old.path("spec").path("selector"))) {
      problems.invalid("spec.selector", spec.path("selector"), Problems.IMMUTABLE);
    }
    return problems.list();
  }

  private static void status(Problems problems, JsonNode status) {
    for (String field :
        List.of(
            "replicas",
            "updatedReplicas",
            "readyReplicas",
            "availableReplicas",
            "unavailableReplicas")) {
      problems.nonNegative("status", status, field);
    }
    long replicas = Tree.number(status, "replicas", 0);
    for (String field : List.of("updatedReplicas", "readyReplicas", "availableReplicas")) {
      long value = Tree.number(status, field, 0);
      if (value > replicas) {
        problems.invalid("status." + field, value, "cannot be greater than status.replicas");
      }
    }
  }

  /** False if the selector is so bad that nothing can be said about the template. */
  private static boolean selector(Problems problems, JsonNode spec) {
    JsonNode selector = spec.path("selector");
    if (!selector.isObject()) {
      problems.required("spec.selector", "");
      return true;
    }
    Problems syntax = new Problems();
    Selectors.validate(syntax, "spec.selector", selector);
    syntax.list().forEach(problems::add);
    if (Selectors.isEmpty(selector)) {
      problems.invalid("spec.selector", selector, "empty selector is invalid for deployment");
    }
    if (!syntax.isEmpty()) {
      problems.invalid("spec.selector", selector, "invalid label selector");
    }
    return syntax.isEmpty();
  }

  private static void template(Problems problems, JsonNode spec) {
    JsonNode template = spec.path("template");
    JsonNode selector = spec.path("selector");
    JsonNode labels = template.path("metadata").path("labels");
    boolean matches = selector.isObject() && Selectors.matches(selector, labels);
    if (!matches) {
      problems.invalid(
          "spec.template.metadata.labels",
          labels.isObject() ? labels : null,
          "`selector` does not match template `labels`");
    }
    Syntax.labels(problems, "spec.template.labels", labels);
    JsonNode podSpec = template.path("spec");
    PodSpecValidation.validate(problems, podSpec, "spec.template.spec");
    String restart = Tree.text(podSpec, "restartPolicy");
    if (!restart.equals("Always")) {
      problems.oneOf("spec.template.spec.restartPolicy", restart, List.of("Always"));
    }
    if (podSpec.has("activeDeadlineSeconds")) {
      problems.forbidden(
          "spec.template.spec.activeDeadlineSeconds",
          "activeDeadlineSeconds in ReplicaSet is not Supported");
    }
  }

  private static void strategy(Problems problems, JsonNode strategy) {
    String type = Tree.text(strategy, "type");
    if (type.equals("Recreate") && strategy.has("rollingUpdate")) {
      problems.forbidden(
          "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
    }
    if (!STRATEGIES.contains(type)) {
      // Kubernetes shows the Go structure here.
      problems.add(
          new FieldError(
              FieldError.Type.NOT_SUPPORTED,
              "spec.strategy",
              "{\"Type\":\"" + type + "\",\"RollingUpdate\":null}",
              "supported values: \"Recreate\", \"RollingUpdate\""));
    }
    if (!type.equals("RollingUpdate")) {
      return;
    }
    JsonNode rolling = strategy.path("rollingUpdate");
    boolean unavailable =
        isZero(
            problems, "spec.strategy.rollingUpdate.maxUnavailable", rolling.path("maxUnavailable"));
    boolean surge =
        isZero(problems, "spec.strategy.rollingUpdate.maxSurge", rolling.path("maxSurge"));
    if (unavailable && surge) {
      problems.invalid(
          "spec.strategy.rollingUpdate.maxUnavailable",
          rolling.path("maxUnavailable"),
          "may not be 0 when `maxSurge` is 0");
    }
    String text = rolling.path("maxUnavailable").asString("");
    if (text.endsWith("%") && text.length() < 9 && percent(text) > 100) {
      problems.invalid(
          "spec.strategy.rollingUpdate.maxUnavailable", text, "must not be greater than 100%");
    }
  }

  /** Whether an amount or percentage is 0; reports what is neither. */
  private static boolean isZero(Problems problems, String path, JsonNode value) {
    if (value.isString()) {
      String text = value.stringValue();
      if (!text.matches("[0-9]{1,7}%")) {
        problems.invalid(
            path,
            text,
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or"
                + " '93%', regex used for validation is '[0-9]+%')");
        return false;
      }
      return percent(text) == 0;
    }
    long number = value.asLong(0);
    if (number < 0) {
      problems.invalid(path, number, "must be greater than or equal to 0");
    }
    return number == 0;
  }

  private static long percent(String text) {
    String digits = text.substring(0, text.length() - 1);
    return digits.matches("[0-9]{1,7}") ? Long.parseLong(digits) : 0;
  }

  private static void progress(Problems problems, JsonNode spec) {
    problems.nonNegative("spec", spec, "progressDeadlineSeconds");
    long deadline = Tree.number(spec, "progressDeadlineSeconds", 600);
    if (deadline <= Tree.number(spec, "minReadySeconds", 0)) {
      problems.invalid(
          "spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    }
  }

  @Override
  public Map<String, String> selectableFields(ObjectNode o) {
    return deployment
        ? Map.of()
        : Map.of("status.replicas", Long.toString(Tree.number(o.path("status"), "replicas", 0)));
  }
}
