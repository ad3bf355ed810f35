// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The environment variables of a container and where their values come from. */
final class Environment {
  private static final Set<String> FIELDS =
      Set.of(
          "metadata.name",
          "metadata.namespace",
          "metadata.uid",
          "spec.nodeName",
          "spec.serviceAccountName",
          "status.hostIP",
          "status.hostIPs",
          "status.podIP",
          "status.podIPs");

  private Environment() {}

  static void validate(Problems problems, String path, ObjectNode container) {
    int i = 0;
    for (ObjectNode variable : Tree.objects(container, "env")) {
      String at = path + "[" + i++ + "]";
      String name = Tree.text(variable, "name");
      if (name.isEmpty()) {
        problems.required(at + ".name", "");
      } else {
        problems.syntax(at + ".name", name, Syntax.envName(name));
      }
      if (variable.get("valueFrom") instanceof ObjectNode from) {
        source(problems, at + ".valueFrom", variable, from);
      }
    }
  }

  private static void source(Problems problems, String at, ObjectNode variable, ObjectNode from) {
    if (from.get("fieldRef") instanceof ObjectNode reference) {
      field(problems, at + ".fieldRef", reference);
    }
    for (String kind : List.of("configMapKeyRef", "secretKeyRef")) {
      if (from.get(kind) instanceof ObjectNode reference) {
        key(problems, at + "." + kind, reference);
      }
    }
    if (from.isEmpty()) {
      problems.invalid(
          at,
          "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or"
              + " `fileKeyRef`");
    } else if (Tree.isSet(variable, "value")) {
      problems.invalid(at, "", "may not be specified when `value` is not empty");
    } else if (from.size() > 1) {
      problems.invalid(at, "", "may not have more than one field specified at a time");
    }
  }

  private static void field(Problems problems, String at, JsonNode reference) {
    String path = Tree.text(reference, "fieldPath");
    if (path.isEmpty()) {
      problems.required(at + ".fieldPath", "");
      return;
    }
    boolean entry = path.matches("metadata\\.(labels|annotations)\\['[^']+'\\]");
    if (!entry && !FIELDS.contains(path)) {
      problems.invalid(
          at + ".fieldPath",
          path,
          "error converting fieldPath: field label not supported: " + path);
    }
  }

  private static void key(Problems problems, String at, JsonNode reference) {
    String name = Tree.text(reference, "name");
    problems.syntax(at + ".name", name, Syntax.subdomain(name));
    String key = Tree.text(reference, "key");
    if (key.isEmpty()) {
      problems.required(at + ".key", "");
    } else {
      problems.syntax(at + ".key", key, Syntax.configKey(key));
    }
  }
}
