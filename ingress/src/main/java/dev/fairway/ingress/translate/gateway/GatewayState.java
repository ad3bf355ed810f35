// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A Gateway of ours while it is compiled. Not thread-safe. */
final class GatewayState {
  final Gateway object;
  final Conditions conditions;
  final GatewayAddresses addresses;

  /** Its own listeners first, then those of its sets in order of precedence. */
  final List<ListenerState> listeners = new ArrayList<>();

  /** The sets that name the Gateway, allowed or not. */
  final Map<ObjectKey, Conditions> sets = new LinkedHashMap<>();

  /** Who must name its clients in the PROXY protocol; null for those that the command says. */
  @Nullable List<IpPrefix> proxyProtocolFrom;

  /** What backends are shown, or null. */
  BackendTls.@Nullable ClientKey clientKey;

  GatewayState(Gateway object, GatewayAddresses addresses) {
    this.object = object;
    this.addresses = addresses;
    conditions = new Conditions(object.metadata().generation());
  }

  /** Whether the Gateway is accepted at all, apart from its listeners. */
  boolean isValid() {
    return conditions.holds(Conditions.ACCEPTED);
  }

  /** The listeners of one set, or the Gateway's own. */
  List<ListenerState> listenersOf(@Nullable ObjectKey set) {
    List<ListenerState> result = new ArrayList<>();
    for (ListenerState listener : listeners) {
      if (Objects.equals(listener.setKey(), set)) {
        result.add(listener);
      }
    }
    return result;
  }
}
