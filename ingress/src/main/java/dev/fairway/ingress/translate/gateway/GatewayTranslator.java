// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.translate.SecretCertificates;
import dev.fairway.ingress.translate.gateway.GatewayTranslation.Statuses;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.ObjectRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compiles Gateway API objects. The oldest object wins every conflict, then the first by namespace
 * and name; whatever is wrong with one object is said in its status and affects nothing else.
 */
public final class GatewayTranslator {
  /** The controller of our GatewayClasses. */
  public static final String CONTROLLER = "fairway.dev/gateway";

  private static final GatewayAddresses UNASSIGNED =
      new GatewayAddresses(List.of(), "AddressNotAssigned", "no address is assigned yet");

  private final String controller;
  private final SecretCertificates certificates = new SecretCertificates();

  /**
   * @param controller the controllerName of the GatewayClasses that are ours
   */
  public GatewayTranslator(String controller) {
    this.controller = controller;
  }

  /** The Gateways of accepted classes of ours, oldest first: those that need an address. */
  public List<Gateway> ours(GatewayObjects objects) {
    Set<String> classes = acceptedClasses(objects);
    List<Gateway> result = new ArrayList<>();
    objects.gateways().stream()
        .filter(gateway -> classes.contains(gateway.spec().gatewayClassName()))
        .sorted(Precedence.OLDEST_FIRST)
        .forEach(result::add);
    return result;
  }

  /**
   * Compiles everything anew; not thread-safe.
   *
   * @param addresses what each Gateway of {@link #ours} has
   * @param unavailable why a socket could not be opened, by its address
   */
  public GatewayTranslation translate(
      GatewayObjects objects,
      Map<ObjectKey, GatewayAddresses> addresses,
      Map<PortPlan.Key, String> unavailable) {
    Grants grants = new Grants(objects.grants());
    ListenerCertificates listenerCertificates =
        new ListenerCertificates(objects, grants, certificates);
    NamespaceRule namespaces = new NamespaceRule(objects.namespaceLabels());
    Map<ObjectKey, GatewayState> gateways = new LinkedHashMap<>();
    for (Gateway gateway : ours(objects)) {
      GatewayState state =
          new GatewayState(gateway, addresses.getOrDefault(gateway.key(), UNASSIGNED));
      checkGateway(state);
      listenerCertificates.loadClientKey(state);
      gateways.put(gateway.key(), state);
    }
    attachSets(objects, gateways, namespaces);
    ListenerChecks checks = new ListenerChecks(listenerCertificates);
    gateways.values().forEach(checks::check);

    TlsPolicies policies = new TlsPolicies(objects.tlsPolicies(), objects.configMaps(), controller);
    BackendResolver backends = new BackendResolver(objects.services(), grants, policies);
    RouteAttacher attacher = new RouteAttacher(gateways, namespaces, backends, controller);
    attacher.attachAll(objects);

    PortPlanner planner = new PortPlanner(listenerCertificates);
    List<PortPlan> ports = new ArrayList<>();
    for (GatewayState gateway : gateways.values()) {
      ports.addAll(planner.plan(gateway));
      planner.reportUnavailable(gateway, unavailable);
    }
    StatusCollector statuses = new StatusCollector(gateways.values());
    return new GatewayTranslation(
        ports,
        Set.<UpstreamSpec>copyOf(backends.used()),
        new Statuses(
            classStatuses(objects),
            statuses.gateways(),
            statuses.listenerSets(),
            attacher.statuses(),
            policies.statuses()));
  }

  private static void checkGateway(GatewayState state) {
    Gateway.Infrastructure infrastructure = state.object.spec().infrastructure();
    ObjectRef parameters = infrastructure == null ? null : infrastructure.parametersRef();
    if (parameters != null) {
      state.conditions.fail(
          Conditions.ACCEPTED, "InvalidParameters", "parameters of a Gateway are not supported");
    }
    for (Gateway.Address address : state.object.spec().addresses()) {
      if (address.type() != null && !address.type().equals("IPAddress")) {
        state.conditions.fail(
            Conditions.ACCEPTED,
            "UnsupportedAddress",
            "only addresses of type IPAddress are given");
      }
    }
    for (Gateway.Listener listener : state.object.spec().listeners()) {
      state.listeners.add(new ListenerState(state, null, listener));
    }
  }

  /** Gives each Gateway the listeners of its sets. */
  private static void attachSets(
      GatewayObjects objects, Map<ObjectKey, GatewayState> gateways, NamespaceRule namespaces) {
    List<ListenerSet> sorted =
        objects.listenerSets().stream().sorted(Precedence.OLDEST_FIRST).toList();
    for (ListenerSet set : sorted) {
      ObjectRef parent = set.spec().parentRef();
      if (parent == null
          || !parent.groupOr(GatewayResources.GROUP).equals(GatewayResources.GROUP)
          || !parent.kindOr("Gateway").equals("Gateway")) {
        continue;
      }
      String namespace = parent.namespaceOr(set.metadata().namespace());
      GatewayState gateway = gateways.get(new ObjectKey(namespace, parent.name()));
      if (gateway == null) {
        continue;
      }
      Conditions conditions = new Conditions(set.metadata().generation());
      gateway.sets.put(set.key(), conditions);
      Gateway.AllowedListeners allowed = gateway.object.spec().allowedListeners();
      boolean admitted =
          namespaces.admits(
              allowed == null ? null : allowed.namespaces(),
              "None",
              namespace,
              set.metadata().namespace());
      if (!admitted) {
        refuse(conditions, "NotAllowed", "the Gateway does not allow this ListenerSet");
      } else if (!gateway.isValid()) {
        refuse(conditions, "ParentNotAccepted", "the Gateway is not accepted");
      } else {
        for (Gateway.Listener listener : set.spec().listeners()) {
          gateway.listeners.add(new ListenerState(gateway, set, listener));
        }
      }
    }
  }

  private static void refuse(Conditions conditions, String reason, String message) {
    conditions.fail(Conditions.ACCEPTED, reason, message);
    conditions.fail(Conditions.PROGRAMMED, reason, message);
  }

  private Set<String> acceptedClasses(GatewayObjects objects) {
    Set<String> names = new HashSet<>();
    for (GatewayClass gatewayClass : objects.classes()) {
      if (isOurs(gatewayClass) && gatewayClass.spec().parametersRef() == null) {
        names.add(gatewayClass.metadata().name());
      }
    }
    return names;
  }

  private boolean isOurs(GatewayClass gatewayClass) {
    return gatewayClass.spec().controllerName().equals(controller);
  }

  private Map<ObjectKey, GatewayClass.Status> classStatuses(GatewayObjects objects) {
    Map<ObjectKey, GatewayClass.Status> result = new HashMap<>();
    for (GatewayClass gatewayClass : objects.classes()) {
      if (isOurs(gatewayClass)) {
        Conditions conditions = new Conditions(gatewayClass.metadata().generation());
        if (gatewayClass.spec().parametersRef() != null) {
          conditions.fail(
              Conditions.ACCEPTED,
              "InvalidParameters",
              "parameters of a GatewayClass are not supported");
        }
        conditions.defaultTrue(
            Conditions.ACCEPTED, "Accepted", "Gateways of this class are served");
        result.put(
            gatewayClass.key(),
            new GatewayClass.Status(conditions.list(), SupportedFeatures.list()));
      }
    }
    return result;
  }
}
