// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import java.util.List;

/** Which taints a pod's tolerations cover. */
public final class Tolerations {
  private Tolerations() {}

  /** Whether some toleration covers the taint. */
  public static boolean tolerates(List<Pod.Toleration> tolerations, Node.Taint taint) {
    return tolerations.stream().anyMatch(toleration -> covers(toleration, taint));
  }

  /** Whether this toleration covers the taint; an empty key or effect covers all of them. */
  public static boolean covers(Pod.Toleration toleration, Node.Taint taint) {
    if (!toleration.effect().isEmpty() && !toleration.effect().equals(taint.effect())) {
      return false;
    }
    if (!toleration.key().isEmpty() && !toleration.key().equals(taint.key())) {
      return false;
    }
    return switch (toleration.operator()) {
      case "Exists" -> true;
      case "", "Equal" -> !toleration.key().isEmpty() && toleration.value().equals(taint.value());
      default -> false;
    };
  }
}
