// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayResources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Protocols, kinds of routes, certificates and conflicts of the listeners of a Gateway. */
final class ListenerChecks {
  private static final String HOSTNAME_CONFLICT = "HostnameConflict";
  private static final String PROTOCOL_CONFLICT = "ProtocolConflict";

  private record Slot(boolean udp, int port) {}

  private final ListenerCertificates certificates;

  ListenerChecks(ListenerCertificates certificates) {
    this.certificates = certificates;
  }

  /** Decides about every listener; its conditions are complete afterwards. */
  void check(GatewayState gateway) {
    for (ListenerState listener : gateway.listeners) {
      checkProtocol(listener);
      checkKinds(listener);
      certificates.load(listener);
    }
    findConflicts(gateway);
    for (ListenerState listener : gateway.listeners) {
      complete(listener);
    }
  }

  private static void checkProtocol(ListenerState listener) {
    String protocol = listener.spec.protocol();
    listener.kinds.addAll(RouteKind.of(protocol));
    if (listener.kinds.isEmpty()) {
      listener.conditions.fail(
          Conditions.ACCEPTED, "UnsupportedProtocol", "no protocol of this name is served");
      return;
    }
    Gateway.ListenerTls tls = listener.spec.tls();
    boolean encrypted = protocol.equals("HTTPS") || protocol.equals("TLS");
    if (tls != null && !encrypted) {
      listener.conditions.fail(
          Conditions.ACCEPTED, "UnsupportedValue", "TLS cannot be set for " + protocol);
    } else if (tls != null && protocol.equals("HTTPS") && "Passthrough".equals(tls.mode())) {
      listener.conditions.fail(
          Conditions.ACCEPTED, "UnsupportedValue", "HTTPS cannot be passed through");
    } else if (tls == null && encrypted) {
      listener.conditions.fail(
          Conditions.ACCEPTED, "UnsupportedValue", protocol + " needs settings of TLS");
    }
  }

  private static void checkKinds(ListenerState listener) {
    Gateway.AllowedRoutes allowed = listener.spec.allowedRoutes();
    if (allowed == null || allowed.kinds().isEmpty()) {
      return;
    }
    List<RouteKind> possible = List.copyOf(listener.kinds);
    listener.kinds.clear();
    for (Gateway.GroupKind wanted : allowed.kinds()) {
      RouteKind kind = find(possible, wanted);
      if (kind == null) {
        listener.conditions.fail(
            Conditions.RESOLVED_REFS,
            "InvalidRouteKinds",
            "the listener cannot take routes of each kind that it allows");
      } else if (!listener.kinds.contains(kind)) {
        listener.kinds.add(kind);
      }
    }
  }

  private static @Nullable RouteKind find(List<RouteKind> possible, Gateway.GroupKind wanted) {
    String group = wanted.group() == null ? GatewayResources.GROUP : wanted.group();
    for (RouteKind kind : possible) {
      if (group.equals(GatewayResources.GROUP) && kind.kind().equals(wanted.kind())) {
        return kind;
      }
    }
    return null;
  }

  /**
   * Of the Gateway's own listeners, all that conflict with another lose. A listener of a set loses
   * against every one before it.
   */
  private static void findConflicts(GatewayState gateway) {
    Map<Slot, List<ListenerState>> earlier = new HashMap<>();
    for (ListenerState listener : gateway.listeners) {
      if (!listener.conditions.holds(Conditions.ACCEPTED)) {
        continue;
      }
      Slot slot = new Slot(listener.spec.protocol().equals("UDP"), listener.spec.port());
      List<ListenerState> rivals = earlier.computeIfAbsent(slot, _ -> new ArrayList<>());
      boolean won = true;
      for (ListenerState rival : rivals) {
        String reason = conflict(rival, listener);
        if (reason != null) {
          won = listener.set == null;
          lose(listener, reason);
          if (listener.set == null) {
            lose(rival, reason);
          }
        }
      }
      if (won) {
        rivals.add(listener);
      }
    }
  }

  private static @Nullable String conflict(ListenerState a, ListenerState b) {
    String first = a.spec.protocol();
    String second = b.spec.protocol();
    if (!family(first).equals(family(second))) {
      return PROTOCOL_CONFLICT;
    }
    boolean named = !first.equals("TCP") && !first.equals("UDP");
    if (named && !a.hostname.equals(b.hostname)) {
      return null;
    }
    return named && first.equals(second) ? HOSTNAME_CONFLICT : PROTOCOL_CONFLICT;
  }

  /** Protocols of one family share a port by host names. */
  private static String family(String protocol) {
    return protocol.equals("HTTPS") ? "TLS" : protocol;
  }

  private static void lose(ListenerState listener, String reason) {
    String message =
        "another listener of the Gateway on port "
            + listener.spec.port()
            + " cannot be told apart from this one";
    listener.conditions.fail(Conditions.ACCEPTED, reason, message);
    listener.conditions.fail(Conditions.PROGRAMMED, reason, message);
    listener.conditions.set(Conditions.CONFLICTED, true, reason, message);
  }

  private static void complete(ListenerState listener) {
    Conditions conditions = listener.conditions;
    if (!conditions.holds(Conditions.ACCEPTED)) {
      conditions.fail(Conditions.PROGRAMMED, "Invalid", "the listener is not accepted");
    } else if (!listener.isServed() || listener.kinds.isEmpty()) {
      conditions.fail(Conditions.PROGRAMMED, "Invalid", "a reference of the listener is not valid");
    }
    conditions.defaultTrue(Conditions.ACCEPTED, "Accepted", "the listener is valid");
    conditions.defaultTrue(Conditions.RESOLVED_REFS, "ResolvedRefs", "all references are valid");
    conditions.defaultTrue(Conditions.PROGRAMMED, "Programmed", "the listener is served");
    if (conditions.get(Conditions.CONFLICTED) == null) {
      conditions.set(Conditions.CONFLICTED, false, "NoConflicts", "no listener conflicts");
    }
  }
}
