// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.tls.Certificate;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ListenerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A listener while it is compiled. Not thread-safe. */
final class ListenerState {
  final GatewayState gateway;

  /** The set that the listener is of, or null where it is the Gateway's own. */
  final @Nullable ListenerSet set;

  final Gateway.Listener spec;
  final String hostname;
  final Conditions conditions;
  final List<RouteKind> kinds = new ArrayList<>();
  final List<Certificate> certificates = new ArrayList<>();

  /** The routes that are attached, once they are. */
  ListenerRoutes routes = new ListenerRoutes(false);

  ListenerState(GatewayState gateway, @Nullable ListenerSet set, Gateway.Listener spec) {
    this.gateway = gateway;
    this.set = set;
    this.spec = spec;
    String host = spec.hostname();
    hostname = host == null ? "" : host.toLowerCase(Locale.ROOT);
    conditions =
        new Conditions(
            set == null ? gateway.object.metadata().generation() : set.metadata().generation());
  }

  /** The set that the listener is of, or null. */
  @Nullable ObjectKey setKey() {
    return set == null ? null : set.key();
  }

  /** The namespace of the object that the listener is written in. */
  String namespace() {
    return set == null ? gateway.object.metadata().namespace() : set.metadata().namespace();
  }

  /** The kind of the object that the listener is written in. */
  String ownerKind() {
    return set == null ? "Gateway" : "ListenerSet";
  }

  boolean isPassthrough() {
    Gateway.ListenerTls tls = spec.tls();
    return spec.protocol().equals("TLS") && tls != null && "Passthrough".equals(tls.mode());
  }

  /** Whether its requests are served: valid, without a conflict, with its certificates. */
  boolean isServed() {
    return conditions.holds(Conditions.ACCEPTED)
        && conditions.holds(Conditions.PROGRAMMED)
        && (certificatesUsable() || isPassthrough());
  }

  private boolean certificatesUsable() {
    boolean needed = spec.protocol().equals("HTTPS") || spec.protocol().equals("TLS");
    return !needed || !certificates.isEmpty();
  }

  /** The status, complete. */
  Gateway.ListenerStatus status() {
    List<Gateway.GroupKind> supported = new ArrayList<>();
    for (RouteKind kind : kinds) {
      supported.add(new Gateway.GroupKind(GatewayResources.GROUP, kind.kind()));
    }
    return new Gateway.ListenerStatus(spec.name(), supported, routes.attached(), conditions.list());
  }
}
