// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The objects of some manifests, compiled, and what became of them in lines of text. */
final class World {
  private final List<ObjectNode> documents = new ArrayList<>();
  private final Map<ObjectKey, GatewayAddresses> addresses = new LinkedHashMap<>();
  private final GatewayTranslation translation;

  World(String... manifests) {
    for (String manifest : manifests) {
      documents.addAll(KubeCodec.yamlDocuments(manifest));
    }
    GatewayTranslator translator =
        new GatewayTranslator(GatewayTranslator.CONTROLLER, InstantSource.system());
    GatewayObjects objects = objects();
    int next = 1;
    for (Gateway gateway : translator.ours(objects)) {
      addresses.put(gateway.key(), new GatewayAddresses(List.of("10.250.0." + next++), null, ""));
    }
    translation = translator.translate(objects, addresses, Map.of());
  }

  private World(GatewayTranslation translation) {
    this.translation = translation;
  }

  /** What became of objects that somebody else compiled. */
  static World of(GatewayTranslation translation) {
    return new World(translation);
  }

  GatewayTranslation translation() {
    return translation;
  }

  Map<ObjectKey, GatewayAddresses> addresses() {
    return addresses;
  }

  GatewayObjects objects() {
    return GatewayObjects.of(this::all, services());
  }

  private <T extends KubeObject> List<T> all(Resource<T> resource) {
    List<T> result = new ArrayList<>();
    for (ObjectNode document : documents) {
      if (document.path("kind").asString("").equals(resource.kind())) {
        result.add(KubeCodec.decode(resource, document));
      }
    }
    return result;
  }

  /** Services with their ports only; nothing here asks for endpoints. */
  private ServiceSnapshot services() {
    List<ServiceInfo> services = new ArrayList<>();
    for (dev.fairway.kube.api.Service service : all(Resource.SERVICES)) {
      ServiceSettingsBuilder settings =
          ServiceInfo.Settings.of(service.metadata().namespace(), service.metadata().name());
      settings.clusterIp("10.96.0.1");
      for (dev.fairway.kube.api.Service.Port port : service.spec().ports()) {
        Protocol protocol = "UDP".equals(port.protocol()) ? Protocol.UDP : Protocol.TCP;
        settings.port(port.name(), protocol, port.port(), 0, text(port.appProtocol()));
      }
      services.add(new ServiceInfo(settings.build(), List.of()));
    }
    Set<String> namespaces =
        Set.copyOf(
            all(Resource.NAMESPACES).stream().map(Namespace::metadata).map(m -> m.name()).toList());
    return ServiceSnapshot.of(1, services, namespaces);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  /** One line for each condition: {@code Kind namespace/name [part] Type=Status Reason}. */
  List<String> lines() {
    return lines(translation);
  }

  static List<String> lines(GatewayTranslation translation) {
    List<String> lines = new ArrayList<>();
    GatewayTranslation.Statuses statuses = translation.statuses();
    statuses
        .classes()
        .forEach((key, status) -> add(lines, "GatewayClass " + key, status.conditions()));
    statuses
        .gateways()
        .forEach((key, status) -> {
          add(lines, "Gateway " + key, status.conditions());
          if (status.attachedListenerSets() != null) {
            lines.add("Gateway " + key + " sets=" + status.attachedListenerSets());
          }
          addListeners(lines, "Gateway " + key, status.listeners());
        });
    statuses
        .listenerSets()
        .forEach((key, status) -> {
          add(lines, "ListenerSet " + key, status.conditions());
          addListeners(lines, "ListenerSet " + key, status.listeners());
        });
    statuses
        .routes()
        .forEach((route, parents) ->
            parents.forEach(parent ->
                add(
                    lines,
                    route.kind().kind() + " " + route.key() + " at " + name(parent.parentRef()),
                    parent.conditions())));
    statuses
        .policies()
        .forEach((key, ancestors) ->
            ancestors.forEach(ancestor ->
                add(
                    lines,
                    "BackendTLSPolicy " + key + " at " + name(ancestor.ancestorRef()),
                    ancestor.conditions())));
    for (PortPlan plan : translation.ports()) {
      lines.add("serves " + plan.address() + ":" + plan.port() + " " + plan.protocol());
    }
    lines.sort(null);
    return lines;
  }

  private static void addListeners(
      List<String> lines, String owner, List<Gateway.ListenerStatus> listeners) {
    for (Gateway.ListenerStatus listener : listeners) {
      String name = owner + " [" + listener.name() + "]";
      add(lines, name, listener.conditions());
      lines.add(name + " attached=" + listener.attachedRoutes());
      lines.add(
          name
              + " kinds="
              + listener.supportedKinds().stream().map(Gateway.GroupKind::kind).toList());
    }
  }

  private static void add(List<String> lines, String subject, List<Condition> conditions) {
    for (Condition condition : conditions) {
      lines.add(
          subject + " " + condition.type() + "=" + condition.status() + " " + condition.reason());
    }
  }

  private static String name(@Nullable ParentRef reference) {
    if (reference == null) {
      return "?";
    }
    return reference.name()
        + (reference.sectionName() == null ? "" : "/" + reference.sectionName());
  }

  /**
   * What becomes of a request.
   *
   * @param request method, URL with an address or a host known by the port alone, and fields such
   *     as {@code version:two}, separated by spaces: {@code GET http://a.example/b?c=d x:y}
   * @param address the address of the Gateway
   */
  String answer(String address, int port, String request) {
    boolean listens =
        translation.ports().stream()
            .anyMatch(plan -> plan.address().equals(address) && plan.port() == port);
    Route route = route(address, port, request);
    return !listens ? "nothing listens" : route == null ? "404" : describe(route);
  }

  /** The route of a request as {@link #answer} takes it, or null. */
  @Nullable Route route(String address, int port, String request) {
    String[] words = request.split(" ", -1);
    HttpFields fields = new HttpFields();
    for (int i = 2; i < words.length; i++) {
      fields.add(words[i].split(":", 2)[0], words[i].split(":", 2)[1]);
    }
    String url = words[1];
    int slash = url.indexOf('/');
    RequestTarget target = RequestTarget.parse(url.substring(slash), url.substring(0, slash));
    for (PortPlan plan : translation.ports()) {
      if (target != null && plan.address().equals(address) && plan.port() == port) {
        RouteTable table = plan.routes().find(target.host());
        return table == null ? null : table.match(target, words[0], fields);
      }
    }
    return null;
  }

  /** Who answers a TLS handshake for a server name, "" for none. */
  String tls(String address, int port, String serverName) {
    for (PortPlan plan : translation.ports()) {
      if (plan.address().equals(address) && plan.port() == port) {
        return switch (plan.tls().find(serverName)) {
          case null -> "nobody";
          case TlsProfile.Default _ -> "the default certificate";
          case TlsProfile.Drop _ -> "closed";
          case TlsProfile.Refuse _ -> "refused";
          case TlsProfile.Passthrough passthrough -> "to " + backends(passthrough.backends());
          case TlsProfile.TerminateStream stream -> "ended, to " + backends(stream.backends());
          case TlsProfile.Terminate terminate ->
              "requests of "
                  + terminate.group()
                  + (terminate.clients() == null ? "" : ", clients " + terminate.clients().mode());
        };
      }
    }
    return "nothing listens";
  }

  /** Where the streams of a TCP or UDP port go. */
  String streams(String address, int port, boolean udp) {
    for (PortPlan plan : translation.ports()) {
      if (plan.key().equals(new PortPlan.Key(address, port, udp))) {
        return backends(plan.backends());
      }
    }
    return "nothing listens";
  }

  private static String describe(Route route) {
    StringBuilder text = new StringBuilder();
    route.filters().forEach(filter -> text.append(filter.describe()).append("; "));
    switch (route.action()) {
      case RouteAction.Respond respond -> text.append(respond.status());
      case RouteAction.Forward forward -> text.append(backends(forward.backends()));
    }
    return text.toString();
  }

  /** Backends as {@code namespace/name:port}, with their weight where it is not 1. */
  static String backends(List<BackendRef> backends) {
    List<String> names = new ArrayList<>();
    for (BackendRef backend : backends) {
      String name =
          switch (backend.target()) {
            case BackendRef.Service service ->
                service.upstream()
                    + (service.upstream().tls() == null
                        ? ""
                        : " as " + service.upstream().tls().serverName())
                    + (service.upstream().protocol().name().equals("HTTP2") ? " h2" : "");
            case BackendRef.Broken broken -> Integer.toString(broken.status());
          };
      String filters =
          backend.filters().isEmpty()
              ? ""
              : " ("
                  + String.join(
                      "; ", backend.filters().stream().map(RouteFilter::describe).toList())
                  + ")";
      names.add(name + filters + (backend.weight() == 1 ? "" : " x" + backend.weight()));
    }
    return String.join(", ", names);
  }
}
