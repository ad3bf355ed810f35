// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.VariableText;
import java.util.List;

/** The annotations about the choice of an endpoint. */
final class BalancingSettings {
  private BalancingSettings() {}

  private static int subset(Annotations annotations) {
    int size = annotations.integer("upstream-hash-by-subset-size", 1, 64, 3);
    return annotations.flag("upstream-hash-by-subset", false) ? size : 1;
  }

  static Balancing read(Annotations annotations, Balancing fallback) {
    String key = annotations.text("upstream-hash-by");
    if (key != null) {
      try {
        boolean maglev = "maglev".equalsIgnoreCase(annotations.text("load-balance"));
        return new Balancing(
            maglev ? Algorithm.MAGLEV : Algorithm.RING_HASH,
            VariableText.compile(key).source(),
            subset(annotations));
      } catch (IllegalArgumentException unknownVariable) {
        annotations.invalid(
            "upstream-hash-by", "text with known variables: " + unknownVariable.getMessage());
      }
    }
    if (annotations.flag("upstream-hash-by-subset", false) && key == null) {
      annotations.ignored("upstream-hash-by-subset", "there is no upstream-hash-by");
    }
    if (annotations.text("load-balance") == null) {
      return fallback;
    }
    return switch (annotations.choice(
        "load-balance",
        List.of("round_robin", "ewma", "least_request", "random", "maglev"),
        "round_robin")) {
      case "ewma" -> new Balancing(Algorithm.EWMA, "");
      case "least_request" -> new Balancing(Algorithm.LEAST_REQUEST, "");
      case "random" -> new Balancing(Algorithm.RANDOM, "");
      default -> Balancing.ROUND_ROBIN;
    };
  }
}
