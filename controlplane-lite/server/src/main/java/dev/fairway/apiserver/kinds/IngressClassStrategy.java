// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** IngressClass: which controller serves it; that never changes. */
final class IngressClassStrategy extends SpecStrategy {
  private static final Pattern PATH = Pattern.compile("[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+");
  private static final String PARAMETERS = "spec.parameters";

  IngressClassStrategy() {
    super(Printers.INGRESS_CLASSES, false, true);
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    ObjectNode spec = Tree.ensure(o, "spec");
    if (spec.get("parameters") instanceof ObjectNode parameters) {
      Tree.defaultText(parameters, "scope", "Cluster");
    }
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    JsonNode spec = next.path("spec");
    String controller = Tree.text(spec, "controller");
    if (old != null) {
      problems.unchanged(
          "spec.controller", spec.path("controller"), old.path("spec").path("controller"));
    }
    if (controller.length() > 250) {
      problems.tooLong("spec.controller", 250);
    }
    controller(problems, controller);
    if (spec.path("parameters").isObject()) {
      parameters(problems, spec.path("parameters"));
    }
    return problems.list();
  }

  private static void controller(Problems problems, String controller) {
    if (controller.isEmpty()) {
      problems.required("spec.controller", "");
      return;
    }
    int slash = controller.indexOf('/');
    if (slash <= 0 || slash == controller.length() - 1) {
      problems.invalid(
          "spec.controller",
          controller,
          "must be a domain-prefixed path (such as \"acme.io/foo\")");
      return;
    }
    String host = controller.substring(0, slash);
    problems.syntax("spec.controller", host, Syntax.subdomain(host));
    String path = controller.substring(slash + 1);
    if (!PATH.matcher(path).matches()) {
      problems.invalid(
          "spec.controller",
          path,
          "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
    }
  }

  private static void parameters(Problems problems, JsonNode parameters) {
    String group = Tree.text(parameters, "apiGroup");
    if (!group.isEmpty()) {
      problems.syntax(PARAMETERS + ".apiGroup", group, Syntax.subdomain(group));
    }
    for (String field : List.of("kind", "name")) {
      if (!Tree.isSet(parameters, field)) {
        problems.required(PARAMETERS + "." + field, "");
      }
    }
    String scope = Tree.text(parameters, "scope");
    boolean namespaced = Tree.isSet(parameters, "namespace");
    if (!problems.oneOf(PARAMETERS + ".scope", scope, List.of("Cluster", "Namespace"))) {
      return;
    }
    if (scope.equals("Namespace") && !namespaced) {
      problems.required(PARAMETERS + ".namespace", "`parameters.scope` is set to 'Namespace'");
    }
    if (scope.equals("Cluster") && namespaced) {
      problems.forbidden(PARAMETERS + ".namespace", "`parameters.scope` is set to 'Cluster'");
    }
  }
}
