// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The taints that a pod bears. */
final class Tolerations {
  private Tolerations() {}

  static void validate(Problems problems, String path, JsonNode spec) {
    int i = 0;
    for (ObjectNode toleration : Tree.objects(spec, "tolerations")) {
      String at = path + "[" + i++ + "]";
      String key = Tree.text(toleration, "key");
      String operator = Tree.text(toleration, "operator");
      if (!key.isEmpty()) {
        problems.syntax(at + ".key", key, Syntax.qualifiedName(key));
      } else if (!operator.equals("Exists")) {
        problems.invalid(
            at + ".operator",
            operator,
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
      }
      String effect = Tree.text(toleration, "effect");
      if (toleration.has("tolerationSeconds") && !effect.equals("NoExecute")) {
        problems.invalid(
            at + ".effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
      }
      switch (operator) {
        case "", "Equal" -> {
          String value = Tree.text(toleration, "value");
          problems.syntax(at + ".operator", value, Syntax.labelValue(value));
        }
        case "Exists" -> {
          if (Tree.isSet(toleration, "value")) {
            problems.invalid(
                at + ".operator",
                Tree.text(toleration, "value"),
                "value must be empty when `operator` is 'Exists'");
          }
        }
        default -> problems.oneOf(at + ".operator", operator, List.of("Equal", "Exists"));
      }
      if (!effect.isEmpty()) {
        problems.oneOf(
            at + ".effect", effect, List.of("NoSchedule", "PreferNoSchedule", "NoExecute"));
      }
    }
  }
}
