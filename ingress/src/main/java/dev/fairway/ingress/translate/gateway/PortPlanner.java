// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.ListenerTable;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.ingress.tls.TlsTable;
import dev.fairway.ingress.translate.gateway.PortPlan.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts the listeners of a Gateway together by port. */
final class PortPlanner {
  private record Slot(Protocol protocol, int port) {}

  private final ListenerCertificates certificates;

  PortPlanner(ListenerCertificates certificates) {
    this.certificates = certificates;
  }

  /** What each address of the Gateway serves; call once all routes are attached. */
  List<PortPlan> plan(GatewayState gateway) {
    if (!gateway.isValid() || gateway.addresses.problem() != null) {
      return List.of();
    }
    Map<Slot, List<ListenerState>> slots = new LinkedHashMap<>();
    for (ListenerState listener : gateway.listeners) {
      if (listener.isServed()) {
        Slot slot = new Slot(protocol(listener), listener.spec.port());
        slots.computeIfAbsent(slot, _ -> new ArrayList<>()).add(listener);
      }
    }
    List<PortPlan> plans = new ArrayList<>();
    slots.forEach((slot, listeners) -> {
      PortPlan plan = plan(slot, listeners);
      gateway.addresses.values().forEach(address -> plans.add(plan.at(address)));
    });
    return plans;
  }

  /** Says of listeners that their socket is not open; it stays planned and is tried again. */
  void reportUnavailable(GatewayState gateway, Map<PortPlan.Key, String> unavailable) {
    for (ListenerState listener : gateway.listeners) {
      boolean udp = protocol(listener) == Protocol.UDP;
      for (String address : gateway.addresses.values()) {
        String why = unavailable.get(new PortPlan.Key(address, listener.spec.port(), udp));
        if (why != null && listener.isServed()) {
          listener.conditions.set(Conditions.ACCEPTED, false, "PortUnavailable", why);
          listener.conditions.set(Conditions.PROGRAMMED, false, "Invalid", why);
        }
      }
    }
  }

  private static Protocol protocol(ListenerState listener) {
    return switch (listener.spec.protocol()) {
      case "HTTP" -> Protocol.HTTP;
      case "HTTPS", "TLS" -> Protocol.TLS;
      case "TCP" -> Protocol.TCP;
      default -> Protocol.UDP;
    };
  }

  private PortPlan plan(Slot slot, List<ListenerState> listeners) {
    Map<String, RouteTable> tables = new HashMap<>();
    Map<String, TlsProfile> profiles = new HashMap<>();
    List<BackendRef> backends = List.of();
    for (ListenerState listener : listeners) {
      switch (listener.spec.protocol()) {
        case "HTTP" -> tables.put(listener.hostname, listener.routes.table());
        case "HTTPS" -> {
          tables.put(listener.hostname, listener.routes.table());
          addTerminated(listener, profiles);
        }
        case "TLS" -> addStreams(listener, profiles);
        default -> backends = firstBackends(listener);
      }
    }
    ListenerTable routes = tables.isEmpty() ? ListenerTable.empty() : ListenerTable.of(tables);
    // Names of no listener are not shown the certificate of somebody else.
    boolean streams = listeners.stream().anyMatch(l -> l.spec.protocol().equals("TLS"));
    profiles.putIfAbsent("", streams ? new TlsProfile.Drop() : new TlsProfile.Refuse());
    return new PortPlan(
        "",
        slot.port,
        slot.protocol,
        routes,
        TlsTable.of(profiles),
        backends,
        listeners.getFirst().gateway.proxyProtocolFrom);
  }

  /**
   * The first certificate answers for every name of the listener that no other one covers. All are
   * of one group: a request for a host of another listener is misdirected.
   */
  private void addTerminated(ListenerState listener, Map<String, TlsProfile> profiles) {
    ClientVerification clients = certificates.verification(listener);
    String group = listener.ownerKind() + " " + listener.namespace() + "/" + listener.spec.name();
    if (listener.certificates.size() > 1) {
      for (Certificate certificate : listener.certificates.reversed()) {
        for (String name : certificate.dnsNames()) {
          String host = Hostnames.intersection(listener.hostname, name);
          if (host != null && !host.isEmpty()) {
            profiles.put(host, new TlsProfile.Terminate(certificate, clients, group));
          }
        }
      }
    }
    profiles.put(
        anyDepth(listener.hostname),
        new TlsProfile.Terminate(listener.certificates.getFirst(), clients, group));
  }

  private static void addStreams(ListenerState listener, Map<String, TlsProfile> profiles) {
    Map<String, TlsProfile> ofListener = new LinkedHashMap<>();
    for (StreamRoute route : listener.routes.streams()) {
      TlsProfile profile =
          route.backends().isEmpty()
              ? new TlsProfile.Drop()
              : listener.isPassthrough()
                  ? new TlsProfile.Passthrough(plain(route.backends()))
                  : new TlsProfile.TerminateStream(
                      certificate(listener, route.hostname()), route.backends());
      ofListener.putIfAbsent(anyDepth(route.hostname()), profile);
    }
    ofListener.putIfAbsent(anyDepth(listener.hostname), new TlsProfile.Drop());
    profiles.putAll(ofListener);
  }

  /** The backends without TLS of ours: what passes is encrypted already. */
  private static List<BackendRef> plain(List<BackendRef> backends) {
    List<BackendRef> result = new ArrayList<>();
    for (BackendRef backend : backends) {
      result.add(
          backend.target() instanceof BackendRef.Service service
              ? new BackendRef(
                  new BackendRef.Service(UpstreamSpec.plain(service.upstream().port())),
                  backend.weight(),
                  backend.filters())
              : backend);
    }
    return result;
  }

  /** The first certificate that is valid for the name, else the first. */
  private static Certificate certificate(ListenerState listener, String hostname) {
    for (Certificate certificate : listener.certificates) {
      if (certificate.covers(hostname)) {
        return certificate;
      }
    }
    return listener.certificates.getFirst();
  }

  private static List<BackendRef> firstBackends(ListenerState listener) {
    List<StreamRoute> streams = listener.routes.streams();
    return streams.isEmpty() ? List.of() : streams.getFirst().backends();
  }

  /** A wildcard of the Gateway API stands for any number of labels. */
  private static String anyDepth(String hostname) {
    return hostname.startsWith("*.") ? "*" + hostname : hostname;
  }
}
