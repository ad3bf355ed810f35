// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.LabelSelector;
import dev.fairway.kube.api.gateway.Gateway;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which namespaces a listener or a Gateway lets in. */
final class NamespaceRule {
  private final Map<String, Map<String, String>> labels;

  /**
   * @param labels by the name of the namespace
   */
  NamespaceRule(Map<String, Map<String, String>> labels) {
    this.labels = labels;
  }

  /** The labels of a namespace. */
  Map<String, String> labels(String namespace) {
    return labels.getOrDefault(namespace, Map.of());
  }

  /**
   * Whether objects of a namespace are let in.
   *
   * @param fallback what holds where the rule says nothing: Same or None
   * @param own the namespace of the object with the rule
   */
  boolean admits(Gateway.@Nullable Namespaces rule, String fallback, String own, String namespace) {
    String from = rule == null || rule.from() == null ? fallback : rule.from();
    return switch (from) {
      case "All" -> true;
      case "Same" -> own.equals(namespace);
      case "Selector" -> {
        LabelSelector selector = rule == null ? null : rule.selector();
        yield selector != null && selector.matches(labels(namespace));
      }
      default -> false;
    };
  }
}
