// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Label selectors with matchLabels and matchExpressions. */
final class Selectors {

  private Selectors() {}

  static void validate(Problems problems, String path, JsonNode selector) {
    Syntax.labels(problems, path + ".matchLabels", selector.path("matchLabels"));
    int i = 0;
    for (ObjectNode expression : Tree.objects(selector, "matchExpressions")) {
      String at = path + ".matchExpressions[" + i++ + "]";
      boolean values = !expression.path("values").isEmpty();
      String operator = Tree.text(expression, "operator");
      switch (operator) {
        case "In", "NotIn" -> {
          if (!values) {
            problems.required(
                at + ".values", "must be specified when `operator` is 'In' or 'NotIn'");
          }
        }
        case "Exists", "DoesNotExist" -> {
          if (values) {
            problems.forbidden(
                at + ".values",
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
          }
        }
        default -> problems.invalid(at + ".operator", operator, "not a valid selector operator");
      }
      String key = Tree.text(expression, "key");
      problems.syntax(at + ".key", key, Syntax.qualifiedName(key));
      int v = 0;
      for (String value : Tree.texts(expression, "values")) {
        problems.syntax(at + ".values[" + v++ + "]", value, Syntax.labelValue(value));
      }
    }
  }

  static boolean isEmpty(JsonNode selector) {
    return selector.path("matchLabels").isEmpty() && selector.path("matchExpressions").isEmpty();
  }

  static boolean matches(JsonNode selector, JsonNode labels) {
    for (Map.Entry<String, JsonNode> wanted : selector.path("matchLabels").properties()) {
      if (!wanted.getValue().equals(labels.path(wanted.getKey()))) {
        return false;
      }
    }
    for (ObjectNode expression : Tree.objects(selector, "matchExpressions")) {
      JsonNode label = labels.path(Tree.text(expression, "key"));
      boolean present = !label.isMissingNode();
      boolean listed = present && Tree.texts(expression, "values").contains(label.asString(""));
      boolean ok =
          switch (Tree.text(expression, "operator")) {
            case "In" -> listed;
            case "NotIn" -> !listed;
            case "Exists" -> present;
            case "DoesNotExist" -> !present;
            default -> false;
          };
      if (!ok) {
        return false;
      }
    }
    return true;
  }
}
