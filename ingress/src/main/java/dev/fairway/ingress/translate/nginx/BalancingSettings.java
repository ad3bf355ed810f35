// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.VariableText;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.Balancing.Algorithm;
import java.util.List;

/** The annotations about the choice of an endpoint. */
final class BalancingSettings {
  private BalancingSettings() {}

  static Balancing read(Annotations annotations) {
    String key = annotations.text("upstream-hash-by");
    if (key != null) {
      try {
        return new Balancing(Algorithm.RING_HASH, VariableText.compile(key).source());
      } catch (IllegalArgumentException unknownVariable) {
        annotations.invalid(
            "upstream-hash-by", "text with known variables: " + unknownVariable.getMessage());
      }
    }
    return switch (annotations.choice(
        "load-balance", List.of("round_robin", "ewma"), "round_robin")) {
      case "ewma" -> new Balancing(Algorithm.EWMA, "");
      default -> Balancing.ROUND_ROBIN;
    };
  }
}
