// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The status that an object should have: what we say, and what others said. Pure. */
final class StatusMerge {
  private static final Set<String> OWN_TYPES =
      Set.of(
          "Accepted",
          "Programmed",
          "ResolvedRefs",
          "Conflicted",
          "PartiallyInvalid",
          "InsecureFrontendValidationMode",
          "Ready",
          "Scheduled");

  private final String controller;
  private final Instant now;

  /**
   * @param controller whose entries are ours
   */
  StatusMerge(String controller, Instant now) {
    this.controller = controller;
    this.now = now;
  }

  GatewayClass.Status gatewayClass(
      GatewayClass.@Nullable Status present, GatewayClass.Status ours) {
    return new GatewayClass.Status(
        merge(present == null ? List.of() : present.conditions(), ours.conditions()),
        ours.supportedFeatures());
  }

  Gateway.Status gateway(Gateway.@Nullable Status present, Gateway.Status ours) {
    return new Gateway.Status(
        ours.addresses(),
        merge(present == null ? List.of() : present.conditions(), ours.conditions()),
        listeners(present == null ? List.of() : present.listeners(), ours.listeners()),
        ours.attachedListenerSets());
  }

  ListenerSet.Status listenerSet(ListenerSet.@Nullable Status present, ListenerSet.Status ours) {
    return new ListenerSet.Status(
        merge(present == null ? List.of() : present.conditions(), ours.conditions()),
        listeners(present == null ? List.of() : present.listeners(), ours.listeners()));
  }

  RouteStatus route(@Nullable RouteStatus present, List<RouteStatus.Parent> ours) {
    List<RouteStatus.Parent> before = present == null ? List.of() : present.parents();
    List<RouteStatus.Parent> result = new ArrayList<>();
    for (RouteStatus.Parent entry : before) {
      if (!entry.controllerName().equals(controller)) {
        result.add(entry);
      }
    }
    for (RouteStatus.Parent entry : ours) {
      result.add(
          new RouteStatus.Parent(
              entry.parentRef(),
              controller,
              merge(conditions(before, entry.parentRef()), entry.conditions())));
    }
    return new RouteStatus(result);
  }

  BackendTlsPolicy.Status policy(
      BackendTlsPolicy.@Nullable Status present, List<BackendTlsPolicy.Ancestor> ours) {
    List<BackendTlsPolicy.Ancestor> before = present == null ? List.of() : present.ancestors();
    List<BackendTlsPolicy.Ancestor> result = new ArrayList<>();
    for (BackendTlsPolicy.Ancestor entry : before) {
      if (!entry.controllerName().equals(controller)) {
        result.add(entry);
      }
    }
    for (BackendTlsPolicy.Ancestor entry : ours) {
      List<Condition> known = List.of();
      for (BackendTlsPolicy.Ancestor old : before) {
        if (old.controllerName().equals(controller)
            && Objects.equals(old.ancestorRef(), entry.ancestorRef())) {
          known = old.conditions();
        }
      }
      result.add(
          new BackendTlsPolicy.Ancestor(
              entry.ancestorRef(), controller, merge(known, entry.conditions())));
    }
    return new BackendTlsPolicy.Status(result);
  }

  private List<Condition> conditions(
      List<RouteStatus.Parent> entries, @Nullable ParentRef reference) {
    for (RouteStatus.Parent entry : entries) {
      if (entry.controllerName().equals(controller)
          && Objects.equals(entry.parentRef(), reference)) {
        return entry.conditions();
      }
    }
    return List.of();
  }

  private List<Gateway.ListenerStatus> listeners(
      List<Gateway.ListenerStatus> present, List<Gateway.ListenerStatus> ours) {
    List<Gateway.ListenerStatus> result = new ArrayList<>();
    for (Gateway.ListenerStatus listener : ours) {
      List<Condition> known = List.of();
      for (Gateway.ListenerStatus before : present) {
        if (before.name().equals(listener.name())) {
          known = before.conditions();
        }
      }
      result.add(
          new Gateway.ListenerStatus(
              listener.name(),
              listener.supportedKinds(),
              listener.attachedRoutes(),
              merge(known, listener.conditions())));
    }
    return result;
  }

  private List<Condition> merge(List<Condition> present, List<Condition> ours) {
    return Conditions.merge(present, ours, OWN_TYPES, now);
  }
}
