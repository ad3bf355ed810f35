// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import java.util.Map;
import java.util.Set;

/**
 * Who may do what. There are no Role objects: administrators and the components of the control
 * plane may do everything, nodes and network daemons what their work needs, others nothing.
 */
final class Authorizer {
  private static final Set<String> FULL_GROUPS = Set.of("system:masters");
  private static final Set<String> FULL_USERS =
      Set.of(
          "system:apiserver",
          "system:kube-controller-manager",
          "system:kube-scheduler",
          "system:admin");
  private static final Set<String> READ = Set.of("get", "list", "watch");

  /** What nodes write. */
  private static final Set<String> NODE_WRITES =
      Set.of(
          "nodes",
          "nodes/status",
          "pods",
          "pods/status",
          "pods/eviction",
          "events",
          "leases.coordination.k8s.io");

  /** What the proxy, DNS and ingress daemons write. */
  private static final Set<String> NETWORK_WRITES =
      Set.of("events", "leases.coordination.k8s.io", "ingresses.networking.k8s.io/status");

  private static final Map<String, Set<String>> NETWORK_USERS =
      Map.of(
          "system:kube-proxy", Set.of("secrets", "configmaps"),
          "system:fairway-dns", Set.of("secrets"),
          "system:fairway-ingress", Set.of());

  private Authorizer() {}

  /**
   * Lets a request through or not.
   *
   * @param verb get, list, watch, create, update, patch, delete or deletecollection
   * @throws StatusException 403
   */
  static void check(User user, String verb, ResourceDescriptor resource, RequestInfo info)
      throws StatusException {
    if (isFull(user)
        || mayAsNode(user, verb, resource, info)
        || mayAsNetwork(user, verb, resource, info)) {
      return;
    }
    String what =
        resource.plural() + (info.subresource().isEmpty() ? "" : "/" + info.subresource());
    String where =
        info.namespace().isEmpty()
            ? " at the cluster scope"
            : " in the namespace \"" + info.namespace() + "\"";
    throw StatusException.forbidden(
        resource,
        info.name(),
        "User \""
            + user.name()
            + "\" cannot "
            + verb
            + " resource \""
            + what
            + "\" in API group \""
            + resource.group()
            + "\""
            + where);
  }

  private static boolean isFull(User user) {
    return FULL_USERS.contains(user.name())
        || user.groups().stream().anyMatch(FULL_GROUPS::contains);
  }

  private static boolean mayAsNode(
      User user, String verb, ResourceDescriptor resource, RequestInfo info) {
    return user.isIn("system:nodes")
        && (READ.contains(verb) || NODE_WRITES.contains(target(resource, info)));
  }

  private static boolean mayAsNetwork(
      User user, String verb, ResourceDescriptor resource, RequestInfo info) {
    Set<String> hidden = NETWORK_USERS.get(user.name());
    if (hidden == null) {
      return false;
    }
    return READ.contains(verb)
        ? !hidden.contains(resource.groupResource())
        : NETWORK_WRITES.contains(target(resource, info));
  }

  private static String target(ResourceDescriptor resource, RequestInfo info) {
    return info.subresource().isEmpty()
        ? resource.groupResource()
        : resource.groupResource() + "/" + info.subresource();
  }
}
