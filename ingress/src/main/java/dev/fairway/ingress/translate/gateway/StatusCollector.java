// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.ListenerSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says of Gateways and ListenerSets what follows from their listeners. */
final class StatusCollector {
  private static final String LISTENERS_NOT_VALID = "ListenersNotValid";

  private final Map<ObjectKey, Gateway.Status> gateways = new HashMap<>();
  private final Map<ObjectKey, ListenerSet.Status> listenerSets = new HashMap<>();

  StatusCollector(Collection<GatewayState> states) {
    for (GatewayState state : states) {
      int attached = addSets(state);
      gateways.put(state.object.key(), status(state, attached));
    }
  }

  Map<ObjectKey, Gateway.Status> gateways() {
    return gateways;
  }

  Map<ObjectKey, ListenerSet.Status> listenerSets() {
    return listenerSets;
  }

  private int addSets(GatewayState state) {
    int attached = 0;
    for (Map.Entry<ObjectKey, Conditions> entry : state.sets.entrySet()) {
      Conditions conditions = entry.getValue();
      List<ListenerState> listeners = state.listenersOf(entry.getKey());
      if (conditions.holds(Conditions.ACCEPTED)) {
        judge(conditions, listeners);
        if (listeners.stream().noneMatch(ListenerState::isServed)) {
          // A set that serves nothing does not count among those of the Gateway.
          conditions.fail(Conditions.ACCEPTED, LISTENERS_NOT_VALID, "no listener can be served");
          conditions.set(
              Conditions.PROGRAMMED, false, LISTENERS_NOT_VALID, "no listener can be served");
        }
        String problem = state.addresses.problem();
        if (problem != null) {
          conditions.fail(Conditions.PROGRAMMED, "Pending", state.addresses.message());
        }
        conditions.defaultTrue(Conditions.PROGRAMMED, "Programmed", "the listeners are served");
        attached += conditions.holds(Conditions.ACCEPTED) ? 1 : 0;
      }
      listenerSets.put(
          entry.getKey(), new ListenerSet.Status(conditions.list(), statuses(listeners)));
    }
    return attached;
  }

  /** Accepted where one listener is; the reason says whether all are. */
  private static void judge(Conditions conditions, List<ListenerState> listeners) {
    int valid = 0;
    int served = 0;
    for (ListenerState listener : listeners) {
      valid += listener.conditions.holds(Conditions.ACCEPTED) ? 1 : 0;
      served += listener.isServed() ? 1 : 0;
    }
    if (valid == 0) {
      conditions.fail(Conditions.ACCEPTED, LISTENERS_NOT_VALID, "no listener is valid");
    } else if (valid < listeners.size()) {
      conditions.set(
          Conditions.ACCEPTED,
          true,
          LISTENERS_NOT_VALID,
          valid + " of " + listeners.size() + " listeners are valid");
    }
    conditions.defaultTrue(Conditions.ACCEPTED, "Accepted", "all listeners are valid");
    if (served == 0) {
      conditions.fail(Conditions.PROGRAMMED, "Invalid", "no listener can be served");
    }
  }

  private static Gateway.Status status(GatewayState state, int attachedSets) {
    Conditions conditions = state.conditions;
    List<ListenerState> own = state.listenersOf(null);
    boolean accepted = state.isValid();
    if (accepted) {
      judge(conditions, attachedSets == 0 ? own : state.listeners);
    } else {
      conditions.fail(Conditions.PROGRAMMED, "Invalid", "the Gateway is not accepted");
    }
    List<Gateway.Address> addresses = new ArrayList<>();
    if (accepted) {
      String problem = state.addresses.problem();
      if (problem != null) {
        conditions.fail(Conditions.PROGRAMMED, problem, state.addresses.message());
      }
      for (String address : state.addresses.values()) {
        addresses.add(new Gateway.Address("IPAddress", address));
      }
    }
    conditions.defaultTrue(Conditions.PROGRAMMED, "Programmed", "the listeners are served");
    reportInsecure(state);
    @Nullable Integer sets = state.sets.isEmpty() ? null : attachedSets;
    if (state.object.spec().allowedListeners() != null) {
      sets = attachedSets;
    }
    return new Gateway.Status(addresses, conditions.list(), statuses(own), sets);
  }

  private static void reportInsecure(GatewayState state) {
    Gateway.Tls tls = state.object.spec().tls();
    Gateway.FrontendTls frontend = tls == null ? null : tls.frontend();
    if (frontend == null) {
      return;
    }
    boolean insecure = isInsecure(frontend.byDefault());
    for (Gateway.PortTls port : frontend.perPort()) {
      insecure |= isInsecure(port.tls());
    }
    if (insecure) {
      state.conditions.set(
          "InsecureFrontendValidationMode",
          true,
          "ConfigurationChanged",
          "clients without a valid certificate are served");
    }
  }

  private static boolean isInsecure(Gateway.@Nullable TlsConfig config) {
    return config != null
        && config.validation() != null
        && "AllowInsecureFallback".equals(config.validation().mode());
  }

  private static List<Gateway.ListenerStatus> statuses(List<ListenerState> listeners) {
    List<Gateway.ListenerStatus> result = new ArrayList<>();
    for (ListenerState listener : listeners) {
      result.add(listener.status());
    }
    return result;
  }
}
