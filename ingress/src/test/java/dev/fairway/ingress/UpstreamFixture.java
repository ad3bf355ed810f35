// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.ingress.filter.HttpDates;
import dev.fairway.ingress.filter.RequestFields;
import dev.fairway.ingress.filter.RequestIds;
import dev.fairway.ingress.filter.ResponseFields;
import dev.fairway.ingress.listener.Frontend;
import dev.fairway.ingress.listener.GatewayContext;
import dev.fairway.ingress.listener.GatewayServer;
import dev.fairway.ingress.listener.ListenerLimits;
import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.ListenerTable;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.ingress.upstream.UpstreamOptions;
import dev.fairway.ingress.upstream.UpstreamPools;
import dev.fairway.ingress.upstream.UpstreamRegistry;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The data plane of a gateway with one route, to one backend that is talked to in a given way. */
final class UpstreamFixture implements AutoCloseable {
  private static final BackendPort PORT =
      new BackendPort(new ServiceName(TestObjects.NAMESPACE, "web"), "http", 0);

  private final EventLoopGroup loops = Transport.best().newLoops(1, "fixture");
  private final UpstreamRegistry upstreams;
  private final GatewayServer server;
  private final LeakWatch leaks = LeakWatch.start();
  private final UpstreamSpec spec;

  UpstreamFixture(BackendProtocol protocol, @Nullable BackendTls tls) {
    Random random = new Random(1);
    UpstreamPools pools = new UpstreamPools(loops, Transport.best(), UpstreamOptions.DEFAULT);
    upstreams = new UpstreamRegistry(pools::evict, System::nanoTime, random::nextLong);
    server =
        new GatewayServer(
            new GatewayContext(
                upstreams,
                pools,
                new RequestFields(new RequestIds(random)),
                new ResponseFields(new HttpDates(InstantSource.system())),
                ListenerLimits.DEFAULT,
                List.of(),
                RequestObserver.of(List.of()),
                null),
            loops,
            Transport.best());
    spec = new UpstreamSpec(PORT, protocol, tls, Balancing.ROUND_ROBIN);
    upstreams.ensure(Set.of(spec));
  }

  /** The ports of the backend's endpoints, all on loopback. */
  UpstreamFixture endpoints(int... ports) {
    ServiceInfo service =
        TestObjects.service(
            "web",
            IntStream.of(ports)
                .mapToObj(port -> new TestEndpoint("127.0.0.1", port, Conditions.AVAILABLE))
                .toList());
    upstreams.update(ServiceSnapshot.of(1, Set.of(service), Set.of()), null);
    return this;
  }

  UpstreamSpec spec() {
    return spec;
  }

  InetSocketAddress listen(@Nullable ServerTls tls) throws IOException {
    return listen(tls, 0);
  }

  /** Listens behind load balancers that speak the PROXY protocol. */
  InetSocketAddress listenBehind(List<IpPrefix> loadBalancers) throws IOException {
    return listen(null, 0, loadBalancers);
  }

  InetSocketAddress listen(@Nullable ServerTls tls, int port) throws IOException {
    return listen(tls, port, List.of());
  }

  private InetSocketAddress listen(@Nullable ServerTls tls, int port, List<IpPrefix> loadBalancers)
      throws IOException {
    Frontend frontend =
        new Frontend(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), tls);
    Route route =
        new Route(
            "test",
            RouteMatch.path("", PathType.PREFIX, "/"),
            List.of(),
            new RouteAction.Forward(List.of(BackendRef.to(spec))),
            RoutePolicy.DEFAULT);
    RouteTable.Builder routes = new RouteTable.Builder(RouteTable.HostRule.INGRESS);
    routes.addDefault(route);
    frontend.acceptProxyProtocol(loadBalancers);
    frontend.publish(ListenerTable.of(routes.build()));
    return server.listen(frontend);
  }

  @Override
  public void close() {
    try {
      server.drain(Duration.ofSeconds(5));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    leaks.check();
  }
}
