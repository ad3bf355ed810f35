// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ReferenceGrant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which references across namespaces are permitted. */
final class Grants {
  private record Edge(
      String fromGroup,
      String fromKind,
      String fromNamespace,
      String toGroup,
      String toKind,
      String toNamespace) {}

  /** Names by edge; null stands for every name. */
  private final Map<Edge, Set<@Nullable String>> names = new HashMap<>();

  Grants(Collection<ReferenceGrant> grants) {
    for (ReferenceGrant grant : grants) {
      for (ReferenceGrant.From from : grant.spec().from()) {
        for (ReferenceGrant.To to : grant.spec().to()) {
          Edge edge =
              new Edge(
                  from.group(),
                  from.kind(),
                  from.namespace(),
                  to.group(),
                  to.kind(),
                  grant.metadata().namespace());
          String name = to.name();
          names
              .computeIfAbsent(edge, _ -> new HashSet<>())
              .add(name == null || name.isEmpty() ? null : name);
        }
      }
    }
  }

  /**
   * Whether a Gateway API object may refer to a core object of a namespace; within one namespace it
   * always may.
   */
  boolean permits(
      String fromKind, String fromNamespace, String toKind, String toNamespace, String toName) {
    if (fromNamespace.equals(toNamespace)) {
      return true;
    }
    Set<@Nullable String> permitted =
        names.get(
            new Edge(GatewayResources.GROUP, fromKind, fromNamespace, "", toKind, toNamespace));
    return permitted != null && (permitted.contains(null) || permitted.contains(toName));
  }
}
