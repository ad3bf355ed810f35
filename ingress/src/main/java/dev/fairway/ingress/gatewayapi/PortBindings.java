// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.ingress.listener.Frontend;
import dev.fairway.ingress.listener.GatewayServer;
import dev.fairway.ingress.route.ListenerTable;
import dev.fairway.ingress.stream.StreamPort;
import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.translate.gateway.PortPlan;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of all Gateways. A socket is opened when a plan names it first, gets the new routes
 * as long as plans name it, and is closed when none does; no other is touched. Not thread-safe.
 */
final class PortBindings {
  private static final Logger LOG = System.getLogger(PortBindings.class.getName());

  /**
   * What cannot be changed while a socket is open.
   *
   * @param http3 whether HTTP/3 takes the UDP port of the same number
   */
  private record Shape(PortPlan.Protocol protocol, boolean http3) {}

  /** An open socket. */
  private sealed interface Bound {
    Shape shape();
  }

  private record Requests(Shape shape, Frontend frontend, @Nullable ServerTls tls)
      implements Bound {}

  private record Streams(Shape shape, StreamPort port) implements Bound {}

  private final GatewayServer server;
  private final Supplier<Certificate> selfSigned;
  private final List<IpPrefix> proxyProtocolFrom;
  private final Map<PortPlan.Key, Bound> bound = new HashMap<>();
  private Map<PortPlan.Key, String> unavailable = Map.of();

  /**
   * @param selfSigned for clients that name no host of a listener
   * @param proxyProtocolFrom who speaks the PROXY protocol where a plan does not say it
   */
  PortBindings(
      GatewayServer server, Supplier<Certificate> selfSigned, List<IpPrefix> proxyProtocolFrom) {
    this.server = server;
    this.selfSigned = selfSigned;
    this.proxyProtocolFrom = proxyProtocolFrom;
  }

  /** Why sockets of the last plans are not open. */
  Map<PortPlan.Key, String> unavailable() {
    return unavailable;
  }

  /** Makes the sockets as planned. */
  void apply(List<PortPlan> plans) {
    Map<PortPlan.Key, Shape> planned = shapes(plans);
    for (Map.Entry<PortPlan.Key, Bound> open : List.copyOf(bound.entrySet())) {
      if (!open.getValue().shape().equals(planned.get(open.getKey()))) {
        unbind(open.getKey());
      }
    }
    Map<PortPlan.Key, String> problems = new HashMap<>();
    for (PortPlan plan : plans) {
      try {
        apply(plan, planned.getOrDefault(plan.key(), new Shape(plan.protocol(), false)));
      } catch (IOException notBound) {
        String problem = String.valueOf(notBound.getMessage());
        problems.put(plan.key(), problem);
        if (!problem.equals(unavailable.get(plan.key()))) {
          LOG.log(Level.WARNING, "{0}; it is tried again", problem);
        }
      }
    }
    unavailable = Map.copyOf(problems);
  }

  /** HTTP/3 is served beside HTTPS where no listener of UDP has the port. */
  private static Map<PortPlan.Key, Shape> shapes(List<PortPlan> plans) {
    Set<PortPlan.Key> all = new HashSet<>();
    for (PortPlan plan : plans) {
      all.add(plan.key());
    }
    Map<PortPlan.Key, Shape> shapes = new HashMap<>();
    for (PortPlan plan : plans) {
      boolean http3 =
          plan.protocol() == PortPlan.Protocol.TLS
              && plan.servesRequests()
              && !all.contains(new PortPlan.Key(plan.address(), plan.port(), true));
      shapes.put(plan.key(), new Shape(plan.protocol(), http3));
    }
    return shapes;
  }

  private void apply(PortPlan plan, Shape shape) throws IOException {
    Bound present = bound.get(plan.key());
    Bound target = present == null ? create(plan, shape) : present;
    publish(target, plan);
    if (present == null) {
      switch (target) {
        case Requests requests -> server.listen(requests.frontend);
        case Streams streams -> server.streams().listen(streams.port);
      }
      bound.put(plan.key(), target);
      LOG.log(
          Level.INFO,
          "gateway listens address={0} port={1} protocol={2}",
          plan.address(),
          Integer.toString(plan.port()),
          plan.protocol());
    }
  }

  private Bound create(PortPlan plan, Shape shape) {
    InetSocketAddress address = new InetSocketAddress(plan.address(), plan.port());
    return switch (plan.protocol()) {
      case HTTP -> new Requests(shape, new Frontend(address, null), null);
      case TLS -> {
        ServerTls tls = new ServerTls(selfSigned);
        yield new Requests(shape, new Frontend(address, tls, shape.http3()), tls);
      }
      case TCP -> new Streams(shape, new StreamPort(address, false));
      case UDP -> new Streams(shape, new StreamPort(address, true));
    };
  }

  private void publish(Bound target, PortPlan plan) {
    List<IpPrefix> asked = plan.proxyProtocolFrom();
    List<IpPrefix> proxies = asked == null ? proxyProtocolFrom : asked;
    switch (target) {
      case Requests requests -> {
        if (requests.tls != null) {
          requests.tls.replace(plan.tls());
        }
        requests.frontend.acceptProxyProtocol(proxies);
        requests.frontend.publish(plan.routes());
      }
      case Streams streams -> {
        streams.port.acceptProxyProtocol(proxies);
        streams.port.publish(plan.backends());
      }
    }
  }

  private void unbind(PortPlan.Key key) {
    Bound gone = bound.remove(key);
    switch (gone) {
      case null -> {}
      case Requests requests -> {
        requests.frontend.publish(ListenerTable.empty());
        server.unlisten(requests.frontend);
      }
      case Streams streams -> server.streams().unlisten(streams.port);
    }
    LOG.log(
        Level.INFO,
        "gateway stops listening address={0} port={1}",
        key.address(),
        Integer.toString(key.port()));
  }
}
