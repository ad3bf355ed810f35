// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ObjectRef;
import dev.fairway.kube.api.gateway.ParentRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * BackendTLSPolicies by the Service and port that they concern. One that names a port wins over one
 * for the whole Service, then the oldest wins. Not thread-safe.
 */
final class TlsPolicies {
  private record Target(ObjectKey service, String portName) {}

  /** What a policy says for a port; {@code problem} where nothing may be sent there. */
  record Setting(@Nullable BackendTls tls, @Nullable Problem problem) {}

  private static final class State {
    final BackendTlsPolicy policy;
    final Conditions conditions;
    final Set<ObjectKey> gateways = new LinkedHashSet<>();
    Setting setting = new Setting(null, null);

    State(BackendTlsPolicy policy) {
      this.policy = policy;
      conditions = new Conditions(policy.metadata().generation());
    }
  }

  private final Map<ObjectKey, ConfigMap> configMaps;
  private final String controller;
  private final List<State> states = new ArrayList<>();
  private final Map<Target, State> winners = new HashMap<>();
  private final Map<ObjectKey, List<State>> byService = new HashMap<>();

  TlsPolicies(
      Collection<BackendTlsPolicy> policies,
      Map<ObjectKey, ConfigMap> configMaps,
      String controller) {
    this.configMaps = configMaps;
    this.controller = controller;
    policies.stream().sorted(Precedence.OLDEST_FIRST).forEach(this::add);
  }

  private void add(BackendTlsPolicy policy) {
    State state = new State(policy);
    states.add(state);
    boolean won = policy.spec().targetRefs().isEmpty();
    for (ObjectRef reference : policy.spec().targetRefs()) {
      if (!reference.groupOr("").isEmpty() || !reference.kindOr("Service").equals("Service")) {
        continue;
      }
      ObjectKey service = new ObjectKey(policy.metadata().namespace(), reference.name());
      String section = reference.sectionName() == null ? "" : reference.sectionName();
      won |= winners.putIfAbsent(new Target(service, section), state) == null;
      byService.computeIfAbsent(service, _ -> new ArrayList<>()).add(state);
    }
    if (!won) {
      state.conditions.fail(
          Conditions.ACCEPTED, "Conflicted", "an older policy concerns the same Services");
    }
    resolve(state);
  }

  private void resolve(State state) {
    BackendTlsPolicy.Validation validation = state.policy.spec().validation();
    StringBuilder authorities = new StringBuilder();
    boolean system = validation != null && "System".equals(validation.wellKnownCACertificates());
    if (validation != null) {
      for (ObjectRef reference : validation.caCertificateRefs()) {
        authorities.append(authority(state, reference));
      }
    }
    if (validation == null || (authorities.isEmpty() && !system)) {
      String message = "no certificate of an authority is usable";
      state.conditions.fail(Conditions.ACCEPTED, "NoValidCACertificate", message);
      state.setting = new Setting(null, new Problem("NoValidCACertificate", message));
    } else {
      List<String> names = new ArrayList<>();
      for (BackendTlsPolicy.AlternativeName name : validation.subjectAltNames()) {
        names.add(name.type().equals("URI") ? name.uri() : name.hostname());
      }
      state.setting =
          new Setting(
              new BackendTls(validation.hostname(), true, authorities.toString(), names, null),
              null);
    }
    state.conditions.defaultTrue(Conditions.ACCEPTED, "Accepted", "the policy is applied");
    state.conditions.defaultTrue(
        Conditions.RESOLVED_REFS, "ResolvedRefs", "all references are valid");
  }

  private String authority(State state, ObjectRef reference) {
    if (!reference.groupOr("").isEmpty() || !reference.kindOr("ConfigMap").equals("ConfigMap")) {
      state.conditions.fail(
          Conditions.RESOLVED_REFS,
          "InvalidKind",
          "the certificate of an authority must be in a ConfigMap");
      return "";
    }
    ObjectKey key = new ObjectKey(state.policy.metadata().namespace(), reference.name());
    String pem = Authorities.pem(configMaps.get(key));
    if (pem.isEmpty()) {
      state.conditions.fail(
          Conditions.RESOLVED_REFS,
          "InvalidCACertificateRef",
          "ConfigMap " + key + " has no certificate in ca.crt");
    }
    return pem;
  }

  /** What holds for a port of a Service behind a Gateway, or null where no policy concerns it. */
  @Nullable Setting find(ObjectKey service, String portName, ObjectKey gateway) {
    List<State> concerned = byService.get(service);
    if (concerned == null) {
      return null;
    }
    for (State state : concerned) {
      state.gateways.add(gateway);
    }
    State winner = portName.isEmpty() ? null : winners.get(new Target(service, portName));
    if (winner == null) {
      winner = winners.get(new Target(service, ""));
    }
    return winner == null ? null : winner.setting;
  }

  /** What we say of the policies, by policy; complete once all routes are compiled. */
  Map<ObjectKey, List<BackendTlsPolicy.Ancestor>> statuses() {
    Map<ObjectKey, List<BackendTlsPolicy.Ancestor>> result = new LinkedHashMap<>();
    for (State state : states) {
      List<BackendTlsPolicy.Ancestor> ancestors = new ArrayList<>();
      for (ObjectKey gateway : state.gateways) {
        ParentRef reference =
            new ParentRef(
                GatewayResources.GROUP, "Gateway", gateway.namespace(), gateway.name(), null, null);
        ancestors.add(
            new BackendTlsPolicy.Ancestor(reference, controller, state.conditions.list()));
      }
      if (!ancestors.isEmpty()) {
        result.put(state.policy.key(), ancestors);
      }
    }
    return result;
  }
}
