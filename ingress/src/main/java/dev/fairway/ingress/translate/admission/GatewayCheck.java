// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import dev.fairway.ingress.translate.admission.Finding.Severity;
import dev.fairway.ingress.translate.gateway.GatewayAddresses;
import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.ingress.translate.gateway.GatewayTranslation;
import dev.fairway.ingress.translate.gateway.GatewayTranslator;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.GatewayClass;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compiles objects of the Gateway API to see which conditions of theirs would not be true; nothing
 * of it is served. Not thread-safe.
 */
public final class GatewayCheck {
  /** An address that nobody has, so that only the objects decide. */
  private static final GatewayAddresses ADDRESS =
      new GatewayAddresses(List.of("192.0.2.1"), null, "");

  private static final Set<String> POSITIVE = Set.of("Accepted", "Programmed", "ResolvedRefs");

  private final GatewayObjects given;
  private final List<Finding> findings = new ArrayList<>();

  private GatewayCheck(GatewayObjects given) {
    this.given = given;
  }

  /**
   * What is wrong with objects by themselves, whoever their Gateways belong to. Gateways that are
   * named and absent are taken to allow what names them; Services, Secrets and ConfigMaps are only
   * looked for where there are any of the kind.
   */
  public static List<Finding> checkAll(GatewayObjects objects) {
    return new GatewayCheck(objects).check();
  }

  private List<Finding> check() {
    AssumedGateways assumed = new AssumedGateways(given);
    List<Gateway> gateways = new ArrayList<>(given.gateways());
    gateways.addAll(assumed.gateways());
    GatewayObjects objects = given.with(classes(gateways), gateways);
    GatewayTranslator translator =
        new GatewayTranslator(GatewayTranslator.CONTROLLER, InstantSource.system());
    Map<ObjectKey, GatewayAddresses> addresses = new HashMap<>();
    translator.ours(objects).forEach(gateway -> addresses.put(gateway.key(), ADDRESS));
    GatewayTranslation.Statuses statuses =
        translator.translate(objects, addresses, Map.of()).statuses();
    for (AssumedGateways.Child child : assumed.children()) {
      add(
          Severity.NOTE,
          child.kind(),
          child.object(),
          "GatewayAssumed",
          "Gateway " + child.gateway() + " is not there; it is taken to allow this");
    }
    new TreeMap<>(statuses.classes())
        .forEach((key, status) -> tell("GatewayClass", key, "", status.conditions()));
    new TreeMap<>(statuses.gateways())
        .forEach((key, status) -> {
          if (!assumed.contains(key)) {
            tell("Gateway", key, "", status.conditions());
            listeners("Gateway", key, status.listeners());
          }
        });
    new TreeMap<>(statuses.listenerSets())
        .forEach((key, status) -> {
          tell("ListenerSet", key, "", status.conditions());
          listeners("ListenerSet", key, status.listeners());
        });
    statuses
        .routes()
        .forEach((route, parents) -> {
          for (var parent : parents) {
            tell(route.kind().kind(), route.key(), words(parent.parentRef()), parent.conditions());
          }
        });
    statuses
        .policies()
        .forEach((key, ancestors) -> {
          for (var ancestor : ancestors) {
            tell("BackendTLSPolicy", key, words(ancestor.ancestorRef()), ancestor.conditions());
          }
        });
    unattached();
    return findings;
  }

  /** The classes of all Gateways, ours. */
  private List<GatewayClass> classes(List<Gateway> gateways) {
    List<GatewayClass> result = new ArrayList<>();
    Set<String> missing = new HashSet<>();
    gateways.forEach(gateway -> missing.add(gateway.spec().gatewayClassName()));
    for (GatewayClass each : given.classes()) {
      missing.remove(each.metadata().name());
      String controller = each.spec().controllerName();
      boolean ours = controller.equals(GatewayTranslator.CONTROLLER);
      if (!ours) {
        add(
            Severity.NOTE,
            "GatewayClass",
            each.key(),
            "OtherController",
            "the class belongs to " + controller + "; it is looked at as if it were ours");
      }
      result.add(
          new GatewayClass(
              each.metadata(),
              new GatewayClass.Spec(
                  GatewayTranslator.CONTROLLER, ours ? each.spec().parametersRef() : null),
              null));
    }
    for (String name : missing) {
      result.add(
          new GatewayClass(
              ObjectMeta.of("", name),
              new GatewayClass.Spec(GatewayTranslator.CONTROLLER, null),
              null));
    }
    return result;
  }

  private void listeners(String kind, ObjectKey key, List<Gateway.ListenerStatus> listeners) {
    for (Gateway.ListenerStatus listener : listeners) {
      tell(kind, key, "listener " + listener.name() + ": ", listener.conditions());
    }
  }

  /** Tells of conditions that are not as they should be, and of no consequences of those. */
  private void tell(String kind, ObjectKey key, String where, List<Condition> conditions) {
    boolean resolved = true;
    boolean explained = false;
    for (Condition condition : conditions) {
      if (isBad(condition) && !condition.type().equals("Programmed")) {
        explained = true;
        resolved &= !condition.type().equals("ResolvedRefs");
      }
    }
    for (Condition condition : conditions) {
      boolean consequence =
          condition.reason().equals("ListenersNotValid")
              || (condition.type().equals("Programmed")
                  && (explained || condition.reason().equals("Invalid")))
              || (condition.reason().equals("NoValidCACertificate") && !resolved);
      if (isBad(condition) && !consequence && isLookedFor(condition.reason())) {
        add(severity(condition), kind, key, condition.reason(), where + condition.message());
      }
    }
  }

  private static boolean isBad(Condition condition) {
    return POSITIVE.contains(condition.type()) != condition.isTrue();
  }

  private static Severity severity(Condition condition) {
    return switch (condition.reason()) {
      case "BackendNotFound",
          "InvalidCertificateRef",
          "InvalidCACertificateRef",
          "InvalidClientCertificateRef" ->
          Severity.WARNING;
      default ->
          POSITIVE.contains(condition.type())
                  || condition.type().equals("Conflicted")
                  || condition.type().equals("PartiallyInvalid")
              ? Severity.ERROR
              : Severity.WARNING;
    };
  }

  /** Whether there are objects of the kind that a reason is about. */
  private boolean isLookedFor(String reason) {
    return switch (reason) {
      case "BackendNotFound" -> !given.services().services().isEmpty();
      case "InvalidCertificateRef", "InvalidClientCertificateRef" -> !given.secrets().isEmpty();
      case "InvalidCACertificateRef", "NoValidCACertificate" -> !given.configMaps().isEmpty();
      default -> true;
    };
  }

  private void unattached() {
    unattached("HTTPRoute", given.httpRoutes());
    unattached("GRPCRoute", given.grpcRoutes());
    unattached("TLSRoute", given.tlsRoutes());
    unattached("TCPRoute", given.tcpRoutes());
    unattached("UDPRoute", given.udpRoutes());
  }

  private void unattached(String kind, Collection<? extends RouteObject> routes) {
    for (RouteObject route : routes) {
      if (route.parentRefs().isEmpty()) {
        add(Severity.WARNING, kind, route.key(), "NoParent", "without parentRefs nobody serves it");
      }
    }
  }

  private static String words(@Nullable ParentRef parent) {
    if (parent == null) {
      return "";
    }
    String kind = parent.kind() == null ? "Gateway" : parent.kind();
    String namespace = parent.namespace() == null ? "" : parent.namespace() + "/";
    String section = parent.sectionName() == null ? "" : ", listener " + parent.sectionName();
    return "at " + kind + " " + namespace + parent.name() + section + ": ";
  }

  private void add(Severity severity, String kind, ObjectKey key, String reason, String message) {
    findings.add(new Finding(severity, kind, key, reason, message));
  }
}
