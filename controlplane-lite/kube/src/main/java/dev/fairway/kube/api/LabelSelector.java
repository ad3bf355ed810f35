// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.List;
import java.util.Map;

/**
 * Selects objects by labels (metav1.LabelSelector); an empty selector selects everything.
 *
 * @param matchLabels required key/value pairs
 * @param matchExpressions further requirements, all of which must hold
 */
public record LabelSelector(Map<String, String> matchLabels, List<Requirement> matchExpressions) {

  public LabelSelector {
    matchLabels = Absent.asEmpty(matchLabels);
    matchExpressions = Absent.asEmpty(matchExpressions);
  }

  /**
   * One expression of a selector.
   *
   * @param operator In, NotIn, Exists or DoesNotExist
   */
  public record Requirement(String key, String operator, List<String> values) {
    public Requirement {
      key = Absent.asEmpty(key);
      operator = Absent.asEmpty(operator);
      values = Absent.asEmpty(values);
    }

    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case "In" -> value != null && values.contains(value);
        case "NotIn" -> value == null || !values.contains(value);
        case "Exists" -> value != null;
        case "DoesNotExist" -> value == null;
        default -> false;
      };
    }
  }

  /** Whether an object with these labels is selected. */
  public boolean matches(Map<String, String> labels) {
    for (Map.Entry<String, String> wanted : matchLabels.entrySet()) {
      if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
        return false;
      }
    }
    for (Requirement requirement : matchExpressions) {
      if (!requirement.matches(labels)) {
        return false;
      }
    }
    return true;
  }
}
