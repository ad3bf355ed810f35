// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.externalname.ExternalNameOptions;
import dev.fairway.ingress.listener.ConnectionLimits;
import dev.fairway.ingress.listener.ListenerLimits;
import dev.fairway.ingress.listener.MinBodyRate;
import dev.fairway.ingress.metrics.MetricsOptions;
import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.otlp.TracingOptions;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.ingress.translate.nginx.StartSettings;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.ingress.upstream.UpstreamOptions;
import dev.fairway.service.IpPrefix;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an {@link IngressGateway}.
 *
 * @param bind the address to listen on
 * @param httpPort 0 for any free port, -1 for none
 * @param httpsPort 0 for any free port, -1 for none
 * @param translator which Ingresses are ours, and the limits of their routes
 * @param statusAddresses IP addresses or host names to write into the status of each Ingress; empty
 *     to write none
 * @param trustedProxies clients whose X-Forwarded fields are believed
 * @param proxyProtocolFrom load balancers that begin connections with a header of the PROXY
 *     protocol
 * @param externalNames how Services that are only names are served, or null where they are not
 * @param eventLoops threads that serve connections
 * @param transport how sockets are served
 * @param observers are told of every request that is over
 * @param tracing null where what clients say of traces passes through as it is
 * @param drain how long open requests may take when the gateway closes
 */
public record IngressOptions(
    String bind,
    int httpPort,
    int httpsPort,
    TranslatorOptions translator,
    List<String> statusAddresses,
    List<IpPrefix> trustedProxies,
    List<IpPrefix> proxyProtocolFrom,
    @Nullable ExternalNameOptions externalNames,
    int eventLoops,
    Transport transport,
    Duration drain,
    MetricsOptions metrics,
    List<RequestObserver> observers,
    @Nullable TracingOptions tracing,
    ListenerLimits limits,
    UpstreamOptions upstream,
    InstantSource clock,
    RandomGenerator random) {
  public static final String CLASS_NAME = "fairway";
  public static final String CONTROLLER = "fairway.dev/ingress";

  public IngressOptions {
    statusAddresses = List.copyOf(statusAddresses);
    trustedProxies = List.copyOf(trustedProxies);
    proxyProtocolFrom = List.copyOf(proxyProtocolFrom);
    observers = List.copyOf(observers);
    if (eventLoops < 1) {
      throw new IllegalArgumentException("eventLoops must be at least 1: " + eventLoops);
    }
  }

  /** Class {@code fairway}, default limits, one event loop per processor, 10 s to drain. */
  public static IngressOptions of(String bind, int httpPort, int httpsPort) {
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        TranslatorOptions.of(CLASS_NAME, CONTROLLER),
        List.of(),
        List.of(),
        List.of(),
        null,
        Runtime.getRuntime().availableProcessors(),
        Transport.best(),
        Duration.ofSeconds(10),
        MetricsOptions.DEFAULT,
        List.of(),
        null,
        ListenerLimits.DEFAULT,
        UpstreamOptions.DEFAULT,
        InstantSource.system(),
        new SecureRandom());
  }

  public IngressOptions withStatusAddresses(List<String> addresses) {
    return with(fields -> fields.statusAddresses = addresses);
  }

  /** For the Ingresses of another controller, or with other limits of routes. */
  public IngressOptions withTranslator(TranslatorOptions other) {
    return with(fields -> fields.translator = other);
  }

  public IngressOptions withLimits(ListenerLimits newLimits, UpstreamOptions newUpstream) {
    return with(fields -> {
      fields.limits = newLimits;
      fields.upstream = newUpstream;
    });
  }

  public IngressOptions withTrustedProxies(List<IpPrefix> proxies) {
    return with(fields -> fields.trustedProxies = proxies);
  }

  public IngressOptions withProxyProtocolFrom(List<IpPrefix> loadBalancers) {
    return with(fields -> fields.proxyProtocolFrom = loadBalancers);
  }

  /** How many connections a client may have; 0 for any number. */
  public IngressOptions withConnectionsPerClient(int connections) {
    if (connections < 0) {
      throw new IllegalArgumentException("connections of a client, not below 0: " + connections);
    }
    return withConnections(limits.connections().withPerClient(connections));
  }

  /** How many connections may be open. */
  public IngressOptions withConnections(ConnectionLimits connections) {
    return with(fields -> fields.limits = limits.withConnections(connections));
  }

  /** How fast bodies of requests must arrive. */
  public IngressOptions withMinBodyRate(MinBodyRate rate) {
    return with(fields -> fields.limits = limits.withMinBodyRate(rate));
  }

  /** Serves Services that are only names, or, with null, does not. */
  public IngressOptions withExternalNames(@Nullable ExternalNameOptions names) {
    return with(fields -> {
      fields.externalNames = names;
      fields.translator = translator.withExternalNames(names != null);
    });
  }

  /** Started with the data of a ConfigMap: what it says of the gateway as a whole. */
  public IngressOptions withConfig(Map<String, String> data) {
    StartSettings said = StartSettings.read(data);
    return with(fields -> {
      ListenerLimits usual = limits;
      fields.translator = translator.withConfig(data);
      fields.limits =
          new ListenerLimits(
              said.connections() == 0
                  ? usual.connections()
                  : usual.connections().withAll(said.connections()),
              said.requests() == 0 ? usual.requestsPerConnection() : said.requests(),
              said.requests() == 0 ? usual.requestsOverStreams() : said.requests(),
              said.header().isZero() ? usual.headerTimeout() : said.header(),
              said.body().isZero() ? usual.bodyTimeout() : said.body(),
              said.idle().isZero() ? usual.idleTimeout() : said.idle(),
              usual.tunnelTimeout(),
              usual.tlsHandshakeTimeout(),
              usual.messages(),
              usual.minBodyRate());
      fields.upstream =
          new UpstreamOptions(
              said.endpointIdle().isZero() ? upstream.idleTimeout() : said.endpointIdle(),
              said.endpointConnections() == 0
                  ? upstream.maxIdlePerEndpoint()
                  : said.endpointConnections(),
              upstream.limits());
      fields.drain = said.drain().isZero() ? drain : said.drain();
    });
  }

  public IngressOptions withEventLoops(int threads, Duration newDrain) {
    return with(fields -> {
      fields.eventLoops = threads;
      fields.drain = newDrain;
    });
  }

  public IngressOptions withTransport(Transport other) {
    return with(fields -> fields.transport = other);
  }

  public IngressOptions withMetrics(MetricsOptions metricsOptions) {
    return with(fields -> fields.metrics = metricsOptions);
  }

  /** Tells others of every request, too. */
  public IngressOptions withObservers(List<RequestObserver> all) {
    return with(fields -> fields.observers = all);
  }

  /** Gives requests their places in traces, or with null leaves that to others. */
  public IngressOptions withTracing(@Nullable TracingOptions options) {
    return with(fields -> fields.tracing = options);
  }

  private IngressOptions with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        fields.translator,
        fields.statusAddresses,
        fields.trustedProxies,
        fields.proxyProtocolFrom,
        fields.externalNames,
        fields.eventLoops,
        fields.transport,
        fields.drain,
        fields.metrics,
        fields.observers,
        fields.tracing,
        fields.limits,
        fields.upstream,
        clock,
        random);
  }

  /** The components that can be changed. */
  private static final class Fields {
    private TranslatorOptions translator;
    private List<String> statusAddresses;
    private List<IpPrefix> trustedProxies;
    private List<IpPrefix> proxyProtocolFrom;
    private @Nullable ExternalNameOptions externalNames;
    private int eventLoops;
    private Transport transport;
    private Duration drain;
    private MetricsOptions metrics;
    private List<RequestObserver> observers;
    private @Nullable TracingOptions tracing;
    private ListenerLimits limits;
    private UpstreamOptions upstream;

    Fields(IngressOptions options) {
      translator = options.translator;
      statusAddresses = options.statusAddresses;
      trustedProxies = options.trustedProxies;
      proxyProtocolFrom = options.proxyProtocolFrom;
      externalNames = options.externalNames;
      eventLoops = options.eventLoops;
      transport = options.transport;
      drain = options.drain;
      metrics = options.metrics;
      observers = options.observers;
      tracing = options.tracing;
      limits = options.limits;
      upstream = options.upstream;
    }
  }
}
