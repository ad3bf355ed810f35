// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which listeners a route attaches to by one of its parentRefs.
 *
 * @param hosts the hosts that it gets at each listener, most often one
 * @param problem why it attaches to none, or null
 */
record Attachment(Map<ListenerRoutes, Set<String>> hosts, @Nullable Problem problem) {

  /** Decides about the listeners of the parent. */
  static Attachment of(
      RouteKind kind,
      RouteObject route,
      ParentRef parent,
      List<AttachPoint> listeners,
      NamespaceRule namespaces) {
    List<AttachPoint> selected = new ArrayList<>();
    for (AttachPoint listener : listeners) {
      if (selects(parent, listener)) {
        selected.add(listener);
      }
    }
    if (selected.isEmpty()) {
      return failed("NoMatchingParent", "the parent has no such listener");
    }
    selected.removeIf(listener -> !admits(kind, route, listener, namespaces));
    if (selected.isEmpty()) {
      return failed("NotAllowedByListeners", "no listener of the parent allows this route");
    }
    Map<ListenerRoutes, Set<String>> attached = new LinkedHashMap<>();
    for (AttachPoint listener : selected) {
      Set<String> hosts = hosts(route, listener);
      if (!hosts.isEmpty()) {
        attached.put(listener.routes(), hosts);
      }
    }
    return attached.isEmpty()
        ? failed("NoMatchingListenerHostname", "no listener of the parent has these host names")
        : new Attachment(attached, null);
  }

  private static Attachment failed(String reason, String message) {
    return new Attachment(Map.of(), new Problem(reason, message));
  }

  private static boolean selects(ParentRef parent, AttachPoint listener) {
    String section = parent.sectionName();
    Integer port = parent.port();
    return (section == null || section.isEmpty() || section.equals(listener.name()))
        && (port == null || port == listener.port());
  }

  private static boolean admits(
      RouteKind kind, RouteObject route, AttachPoint listener, NamespaceRule namespaces) {
    return listener.kinds().contains(kind)
        && namespaces.admits(
            listener.allowed(), "Same", listener.namespace(), route.metadata().namespace());
  }

  private static Set<String> hosts(RouteObject route, AttachPoint listener) {
    if (route.hostnames().isEmpty()) {
      return Set.of(listener.hostname());
    }
    Set<String> hosts = new LinkedHashSet<>();
    for (String name : route.hostnames()) {
      String host = Hostnames.intersection(listener.hostname(), name.toLowerCase(Locale.ROOT));
      if (host != null) {
        hosts.add(host);
      }
    }
    return hosts;
  }
}
