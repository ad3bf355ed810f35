// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import java.util.List;
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

  /** What everybody may ask about themselves. */
  private static final Set<String> SELF_REVIEWS =
      Set.of(
          "selfsubjectaccessreviews.authorization.k8s.io",
          "selfsubjectrulesreviews.authorization.k8s.io",
          "selfsubjectreviews.authentication.k8s.io");

  /** What everybody who has a name may read besides resources. */
  static final List<String> OPEN_PATHS =
      List.of(
          "/",
          "/api",
          "/api/*",
          "/apis",
          "/apis/*",
          "/healthz",
          "/livez",
          "/livez/*",
          "/openapi",
          "/openapi/*",
          "/readyz",
          "/readyz/*",
          "/version",
          "/version/");

  private Authorizer() {}

  /**
   * Lets a request through or not.
   *
   * @param verb get, list, watch, create, update, patch, delete or deletecollection
   * @throws StatusException 403
   */
  static void check(User user, String verb, ResourceDescriptor resource, RequestInfo info)
      throws StatusException {
    if (allows(user, verb, resource.group(), resource.plural(), info.subresource())) {
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

  /**
   * Whether a user may do something with a resource.
   *
   * @param group "*" for all
   * @param plural "*" for all
   * @param subresource "" for none
   */
  static boolean allows(User user, String verb, String group, String plural, String subresource) {
    String resource = group.isEmpty() ? plural : plural + "." + group;
    return isFull(user)
        || (verb.equals("create") && SELF_REVIEWS.contains(resource))
        || mayAsNode(user, verb, resource, subresource)
        || mayAsNetwork(user, verb, resource, subresource);
  }

  /** Whether a user may ask for a path that is not that of a resource. */
  static boolean allowsPath(User user, String verb, String path) {
    if (isFull(user)) {
      return true;
    }
    for (String open : OPEN_PATHS) {
      boolean below = open.endsWith("/*") && path.startsWith(open.substring(0, open.length() - 1));
      if (below || path.equals(open)) {
        return verb.equals("get");
      }
    }
    return false;
  }

  /** Whether a user may do everything, also in the name of others. */
  static boolean isFull(User user) {
    return FULL_USERS.contains(user.name())
        || user.groups().stream().anyMatch(FULL_GROUPS::contains);
  }

  private static boolean mayAsNode(User user, String verb, String resource, String subresource) {
    return user.isIn("system:nodes")
        && (READ.contains(verb) || NODE_WRITES.contains(target(resource, subresource)));
  }

  private static boolean mayAsNetwork(User user, String verb, String resource, String subresource) {
    Set<String> hidden = NETWORK_USERS.get(user.name());
    if (hidden == null) {
      return false;
    }
    boolean all = resource.startsWith("*");
    return READ.contains(verb)
        ? !hidden.contains(resource) && (!all || hidden.isEmpty())
        : NETWORK_WRITES.contains(target(resource, subresource));
  }

  private static String target(String resource, String subresource) {
    return subresource.isEmpty() ? resource : resource + "/" + subresource;
  }
}
