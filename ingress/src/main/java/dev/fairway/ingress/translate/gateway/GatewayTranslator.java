// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.translate.SecretCertificates;
import dev.fairway.ingress.translate.gateway.GatewayTranslation.Statuses;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.ObjectRef;
import dev.fairway.service.ServiceSnapshot;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles Gateway API objects. The oldest object wins every conflict, then the first by namespace
 * and name; whatever is wrong with one object is said in its status and affects nothing else.
 *
 * <p>Gateways and their listeners are looked at each time; a route is compiled again where it, or
 * something that it refers to, is another, and only the hosts of such routes are merged again.
 */
public final class GatewayTranslator {
  /** The controller of our GatewayClasses. */
  public static final String CONTROLLER = "fairway.dev/gateway";

  private static final GatewayAddresses UNASSIGNED =
      new GatewayAddresses(List.of(), "AddressNotAssigned", "no address is assigned yet");

  private final String controller;
  private final InstantSource clock;
  private final SecretCertificates certificates = new SecretCertificates();
  private final AuthorityCertificates authorities = new AuthorityCertificates();
  private Kept kept;

  /**
   * What is known of the compilation before; only the time that the next one takes depends on it.
   */
  private static final class Kept {
    final AttachTargets targets = new AttachTargets();
    final RouteAttacher attacher;
    @Nullable GatewayObjects objects;
    References references =
        new References(
            ServiceSnapshot.empty(),
            new Grants(List.of()),
            new TlsPolicies(List.of(), Map.of(), new AuthorityCertificates()),
            Map.of());

    Kept(String controller, InstantSource clock) {
      attacher = new RouteAttacher(controller, clock);
    }
  }

  /**
   * @param controller the controllerName of the GatewayClasses that are ours
   * @param clock tells when sessions end
   */
  public GatewayTranslator(String controller, InstantSource clock) {
    this.controller = controller;
    this.clock = clock;
    kept = new Kept(controller, clock);
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
   * Compiles what changed. The result depends on the arguments alone, the time it takes on what
   * changed since the call before. Not thread-safe.
   *
   * @param addresses what each Gateway of {@link #ours} has
   * @param unavailable why a socket could not be opened, by its address
   */
  public GatewayTranslation translate(
      GatewayObjects objects,
      Map<ObjectKey, GatewayAddresses> addresses,
      Map<PortPlan.Key, String> unavailable) {
    Kept before = kept;
    // What is left behind by a compilation that fails in the middle is of no use.
    kept = new Kept(controller, clock);
    GatewayTranslation result = translate(before, objects, addresses, unavailable);
    kept = before;
    return result;
  }

  private GatewayTranslation translate(
      Kept known,
      GatewayObjects objects,
      Map<ObjectKey, GatewayAddresses> addresses,
      Map<PortPlan.Key, String> unavailable) {
    Grants grants = grants(known, objects);
    TlsPolicies policies = policies(known, objects);
    ListenerCertificates listenerCertificates =
        new ListenerCertificates(objects, grants, certificates, authorities);
    NamespaceRule namespaces = new NamespaceRule(objects.namespaceLabels());
    Map<ObjectKey, GatewayState> gateways = new LinkedHashMap<>();
    Map<ObjectKey, BackendTls.ClientKey> clientKeys = new HashMap<>();
    for (Gateway gateway : ours(objects)) {
      GatewayState state =
          new GatewayState(gateway, addresses.getOrDefault(gateway.key(), UNASSIGNED));
      checkGateway(state);
      listenerCertificates.loadClientKey(state);
      if (state.clientKey != null) {
        clientKeys.put(gateway.key(), state.clientKey);
      }
      gateways.put(gateway.key(), state);
    }
    attachSets(objects, gateways, namespaces);
    ListenerChecks checks = new ListenerChecks(listenerCertificates);
    gateways.values().forEach(checks::check);

    boolean moved = known.targets.take(gateways.values());
    moved |=
        known.objects == null || !known.objects.namespaceLabels().equals(objects.namespaceLabels());
    known.references = new References(objects.services(), grants, policies, clientKeys);
    known.attacher.attachAll(
        objects,
        new RouteAttacher.Surroundings(known.targets, moved, known.references, namespaces));
    known.objects = objects;

    PortPlanner planner = new PortPlanner(listenerCertificates);
    List<PortPlan> ports = new ArrayList<>();
    for (GatewayState gateway : gateways.values()) {
      ports.addAll(planner.plan(gateway));
      planner.reportUnavailable(gateway, unavailable);
    }
    StatusCollector statuses = new StatusCollector(gateways.values());
    return new GatewayTranslation(
        ports,
        known.attacher.upstreams(),
        new Statuses(
            classStatuses(objects),
            statuses.gateways(),
            statuses.listenerSets(),
            known.attacher.statuses(),
            policies.statuses(known.attacher.policed(), gateways.keySet(), controller)));
  }

  @SuppressWarnings("ReferenceEquality") // other collections are enough to look again
  private static Grants grants(Kept known, GatewayObjects objects) {
    return known.objects != null && known.objects.grants() == objects.grants()
        ? known.references.grants()
        : new Grants(objects.grants());
  }

  @SuppressWarnings("ReferenceEquality") // other collections are enough to look again
  private TlsPolicies policies(Kept known, GatewayObjects objects) {
    return known.objects != null
            && known.objects.tlsPolicies() == objects.tlsPolicies()
            && known.objects.configMaps() == objects.configMaps()
        ? known.references.policies()
        : new TlsPolicies(objects.tlsPolicies(), objects.configMaps(), authorities);
  }

  private static void checkGateway(GatewayState state) {
    Gateway.Infrastructure infrastructure = state.object.spec().infrastructure();
    ObjectRef parameters = infrastructure == null ? null : infrastructure.parametersRef();
    if (parameters != null) {
      state.conditions.fail(
          Conditions.ACCEPTED, "InvalidParameters", "parameters of a Gateway are not supported");
    }
    String proxies = ProxyProtocolSetting.text(state.object);
    state.proxyProtocolFrom = proxies == null ? null : ProxyProtocolSetting.parse(proxies);
    if (proxies != null && state.proxyProtocolFrom == null) {
      state.conditions.fail(
          Conditions.ACCEPTED,
          "InvalidParameters",
          "the annotation " + ProxyProtocolSetting.ANNOTATION + " is no list of CIDRs");
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
