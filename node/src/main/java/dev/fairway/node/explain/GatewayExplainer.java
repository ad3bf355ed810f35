// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.translate.gateway.GatewayAddresses;
import dev.fairway.ingress.translate.gateway.GatewayTranslation;
import dev.fairway.ingress.translate.gateway.GatewayTranslator;
import dev.fairway.ingress.translate.gateway.PortPlan;
import dev.fairway.ingress.translate.gateway.RouteKind;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.ListenerSet;
import dev.fairway.kube.api.gateway.ObjectRef;
import dev.fairway.kube.api.gateway.RouteObject;
import dev.fairway.kube.api.gateway.RouteStatus;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Explains a request to Gateways: which listener takes it, and which route decides. */
final class GatewayExplainer {
  /** A listener with the object that it is written in. */
  private record Place(String owner, Gateway.Listener listener) {}

  private final ClusterView view;
  private final UrlRequest asked;

  GatewayExplainer(ClusterView view, UrlRequest asked) {
    this.view = view;
    this.asked = asked;
  }

  /** What each Gateway that serves the port and host does with a request. */
  List<Explanation> explain(String url, RequestTarget request) {
    boolean tls = url.toLowerCase(Locale.ROOT).startsWith("https://");
    int port = port(request.authority(), tls ? 443 : 80);
    GatewayTranslator translator =
        new GatewayTranslator(GatewayTranslator.CONTROLLER, InstantSource.system());
    Map<ObjectKey, GatewayAddresses> addresses = new HashMap<>();
    List<Gateway> gateways = translator.ours(view.gateways());
    for (int i = 0; i < gateways.size(); i++) {
      // Each gets an address of its own, so that its plans are known by it.
      GatewayAddresses own =
          new GatewayAddresses(List.of("2001:db8::" + Integer.toHexString(i)), null, "");
      addresses.put(gateways.get(i).key(), own);
    }
    GatewayTranslation translation = translator.translate(view.gateways(), addresses, Map.of());
    List<Explanation> result = new ArrayList<>();
    for (Gateway gateway : gateways) {
      GatewayAddresses own = addresses.get(gateway.key());
      Place place = place(gateway, request.host(), port, tls);
      if (own != null && place != null) {
        PortPlan plan = plan(translation, own.values().getFirst(), port);
        result.add(explain(url, request, gateway, place, plan, translation));
      }
    }
    return result;
  }

  private Explanation explain(
      String url,
      RequestTarget request,
      Gateway gateway,
      Place place,
      @Nullable PortPlan plan,
      GatewayTranslation translation) {
    List<String> lines = new ArrayList<>();
    RouteTable routes = plan == null ? null : plan.routes().find(request.host());
    Route route = routes == null ? null : routes.match(request, asked.method(), asked.fields());
    lines.add(
        url
            + " at Gateway "
            + gateway.key()
            + " ("
            + addresses(gateway)
            + ") "
            + (route == null
                ? "matches no rule: the answer is 404"
                : "is decided by " + route.origin()));
    String host = place.listener.hostname();
    lines.add(
        "listener: "
            + place.listener.name()
            + " of "
            + place.owner
            + ", port "
            + place.listener.port()
            + ", "
            + (host == null || host.isEmpty()
                ? "for every host that no other listener of the port names"
                : "whose host name " + host + " is the closest one of the port"));
    boolean answers = route != null && new RouteText(view).describe(route, lines);
    notes(gateway.key(), request.host(), translation, lines);
    return new Explanation(answers, lines);
  }

  private static String addresses(Gateway gateway) {
    Gateway.Status status = gateway.status();
    List<String> values = new ArrayList<>();
    if (status != null) {
      status.addresses().forEach(address -> values.add(address.value()));
    }
    return values.isEmpty() ? "which has no address" : String.join(", ", values);
  }

  private static @Nullable PortPlan plan(GatewayTranslation translation, String address, int port) {
    for (PortPlan plan : translation.ports()) {
      if (plan.address().equals(address)
          && plan.port() == port
          && plan.protocol() != PortPlan.Protocol.UDP) {
        return plan;
      }
    }
    return null;
  }

  /** The listener of the port with the closest name, of the Gateway or of a set; null for none. */
  private @Nullable Place place(Gateway gateway, String host, int port, boolean tls) {
    List<Place> places = new ArrayList<>();
    for (Gateway.Listener listener : gateway.spec().listeners()) {
      places.add(new Place("Gateway " + gateway.key(), listener));
    }
    for (ListenerSet set : view.gateways().listenerSets()) {
      ObjectRef parent = set.spec().parentRef();
      if (parent != null
          && gateway
              .key()
              .equals(
                  new ObjectKey(parent.namespaceOr(set.metadata().namespace()), parent.name()))) {
        for (Gateway.Listener listener : set.spec().listeners()) {
          places.add(new Place("ListenerSet " + set.key(), listener));
        }
      }
    }
    Place best = null;
    int bestLength = -1;
    for (Place place : places) {
      Gateway.Listener listener = place.listener;
      boolean fits = listener.port() == port && listener.protocol().equals(tls ? "HTTPS" : "HTTP");
      int length = fits ? closeness(listener.hostname(), host) : -1;
      if (length > bestLength) {
        best = place;
        bestLength = length;
      }
    }
    return best;
  }

  /** How close a listener's name is to a host: more for longer names; -1 for another host. */
  private static int closeness(@Nullable String hostname, String host) {
    String name = hostname == null ? "" : hostname.toLowerCase(Locale.ROOT);
    if (name.isEmpty()) {
      return 0;
    }
    if (name.startsWith("*.")) {
      return host.endsWith(name.substring(1)) && host.length() >= name.length()
          ? name.length()
          : -1;
    }
    return name.equals(host) ? Integer.MAX_VALUE : -1;
  }

  /** What keeps the Gateway, or routes for the host behind it, from being served as written. */
  private void notes(
      ObjectKey gateway, String host, GatewayTranslation translation, List<String> lines) {
    Gateway.Status status = translation.statuses().gateways().get(gateway);
    if (status != null) {
      note("Gateway " + gateway, status.conditions(), lines);
      for (Gateway.ListenerStatus listener : status.listeners()) {
        note("listener " + listener.name(), listener.conditions(), lines);
      }
    }
    routes(RouteKind.HTTP, view.gateways().httpRoutes(), host, translation, lines);
    routes(RouteKind.GRPC, view.gateways().grpcRoutes(), host, translation, lines);
  }

  private static void routes(
      RouteKind kind,
      Collection<? extends RouteObject> routes,
      String host,
      GatewayTranslation translation,
      List<String> lines) {
    for (RouteObject route : routes) {
      boolean concerns =
          route.hostnames().isEmpty()
              || route.hostnames().stream().anyMatch(name -> closeness(name, host) >= 0);
      List<RouteStatus.Parent> parents =
          translation
              .statuses()
              .routes()
              .getOrDefault(new GatewayTranslation.RouteKey(kind, route.key()), List.of());
      for (RouteStatus.Parent parent : concerns ? parents : List.<RouteStatus.Parent>of()) {
        note(kind.kind() + " " + route.key(), parent.conditions(), lines);
      }
    }
  }

  private static void note(String object, List<Condition> conditions, List<String> lines) {
    for (Condition condition : conditions) {
      boolean positive =
          switch (condition.type()) {
            case "Accepted", "Programmed", "ResolvedRefs" -> true;
            default -> false;
          };
      String line = "note: " + object + ": " + condition.reason() + ": " + condition.message();
      if (positive != condition.isTrue() && !lines.contains(line)) {
        lines.add(line);
      }
    }
  }

  private static int port(String authority, int usual) {
    int colon = authority.lastIndexOf(':');
    String digits = colon < 0 || authority.endsWith("]") ? "" : authority.substring(colon + 1);
    return digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : usual;
  }
}
