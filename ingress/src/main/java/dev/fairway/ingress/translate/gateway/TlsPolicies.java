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

/** BackendTLSPolicies by the Service and port that they concern; the oldest wins. Immutable. */
final class TlsPolicies {
  /** As many as the kind has room for; a status with more would be refused as a whole. */
  private static final int MAX_ANCESTORS = 16;

  /** What a policy says for a port; {@code problem} where nothing may be sent there. */
  record Setting(@Nullable BackendTls tls, @Nullable Problem problem) {}

  private static final class State {
    final BackendTlsPolicy policy;
    final Conditions conditions;
    final Set<ObjectKey> services = new LinkedHashSet<>();
    Setting setting = new Setting(null, null);

    State(BackendTlsPolicy policy) {
      this.policy = policy;
      conditions = new Conditions(policy.metadata().generation());
    }
  }

  private final Map<ObjectKey, ConfigMap> configMaps;
  private final AuthorityCertificates parsed;
  private final List<State> states = new ArrayList<>();
  private final Map<ObjectKey, Map<String, Setting>> settings = new HashMap<>();

  TlsPolicies(
      Collection<BackendTlsPolicy> policies,
      Map<ObjectKey, ConfigMap> configMaps,
      AuthorityCertificates parsed) {
    this.configMaps = configMaps;
    this.parsed = parsed;
    policies.stream().sorted(Precedence.OLDEST_FIRST).forEach(this::add);
  }

  private void add(BackendTlsPolicy policy) {
    State state = new State(policy);
    states.add(state);
    resolve(state);
    boolean won = policy.spec().targetRefs().isEmpty();
    for (ObjectRef reference : policy.spec().targetRefs()) {
      if (!reference.groupOr("").isEmpty() || !reference.kindOr("Service").equals("Service")) {
        continue;
      }
      ObjectKey service = new ObjectKey(policy.metadata().namespace(), reference.name());
      String section = reference.sectionName() == null ? "" : reference.sectionName();
      won |=
          settings
                  .computeIfAbsent(service, _ -> new HashMap<>())
                  .putIfAbsent(section, state.setting)
              == null;
      state.services.add(service);
    }
    if (!won) {
      state.conditions.fail(
          Conditions.ACCEPTED, "Conflicted", "an older policy concerns the same Services");
    }
    state.conditions.defaultTrue(Conditions.ACCEPTED, "Accepted", "the policy is applied");
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
    String pem = parsed.get(key, configMaps.get(key)).pem();
    if (pem.isEmpty()) {
      state.conditions.fail(
          Conditions.RESOLVED_REFS,
          "InvalidCACertificateRef",
          "ConfigMap " + key + " has no certificate in ca.crt");
    }
    return pem;
  }

  /** What holds for the ports of a Service, by their names, "" for the others. */
  Map<String, Setting> of(ObjectKey service) {
    return settings.getOrDefault(service, Map.of());
  }

  /**
   * What we say of the policies, by policy.
   *
   * @param policed the Services that routes lead to
   * @param gateways all of ours, in the order in which they are named; the first 16 are
   */
  Map<ObjectKey, List<BackendTlsPolicy.Ancestor>> statuses(
      Set<CompiledRoute.Behind> policed, Collection<ObjectKey> gateways, String controller) {
    Map<ObjectKey, List<BackendTlsPolicy.Ancestor>> result = new LinkedHashMap<>();
    for (State state : states) {
      List<BackendTlsPolicy.Ancestor> ancestors = new ArrayList<>();
      for (ObjectKey gateway : gateways) {
        if (ancestors.size() < MAX_ANCESTORS
            && state.services.stream()
                .anyMatch(
                    service -> policed.contains(new CompiledRoute.Behind(service, gateway)))) {
          ParentRef reference =
              new ParentRef(
                  GatewayResources.GROUP,
                  "Gateway",
                  gateway.namespace(),
                  gateway.name(),
                  null,
                  null);
          ancestors.add(
              new BackendTlsPolicy.Ancestor(reference, controller, state.conditions.list()));
        }
      }
      if (!ancestors.isEmpty()) {
        result.put(state.policy.key(), ancestors);
      }
    }
    return result;
  }
}
