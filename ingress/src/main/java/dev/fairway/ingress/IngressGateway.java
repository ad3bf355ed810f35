// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.externalname.ExternalNameOptions;
import dev.fairway.ingress.externalname.ExternalNames;
import dev.fairway.ingress.filter.HttpDates;
import dev.fairway.ingress.filter.RequestFields;
import dev.fairway.ingress.filter.RequestIds;
import dev.fairway.ingress.filter.ResponseFields;
import dev.fairway.ingress.gatewayapi.GatewayApiOptions;
import dev.fairway.ingress.gatewayapi.GatewayController;
import dev.fairway.ingress.listener.Frontend;
import dev.fairway.ingress.listener.GatewayContext;
import dev.fairway.ingress.listener.GatewayCounters;
import dev.fairway.ingress.listener.GatewayServer;
import dev.fairway.ingress.listener.MemoryGuard;
import dev.fairway.ingress.metrics.GatewayMetrics;
import dev.fairway.ingress.observe.RequestObserver;
import dev.fairway.ingress.otlp.SpanExport;
import dev.fairway.ingress.otlp.TracingOptions;
import dev.fairway.ingress.route.ListenerTable;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.tls.SelfSigned;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.trace.Tracer;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.IngressTranslator;
import dev.fairway.ingress.translate.Translation;
import dev.fairway.ingress.upstream.HealthChecker;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.ingress.upstream.UpstreamClaims;
import dev.fairway.ingress.upstream.UpstreamPools;
import dev.fairway.ingress.upstream.UpstreamRegistry;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A running gateway. It serves as soon as Ingresses and classes are known; changes of objects are
 * compiled by one thread and published at once, changes of endpoints take effect without that.
 * Thread-safe.
 */
public final class IngressGateway implements SnapshotListener, AutoCloseable {
  /** Fields of the Secrets that an Ingress can mean, as a selector: certificates and users. */
  public static final String USABLE_SECRETS =
      "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,"
          + "type!=kubernetes.io/dockerconfigjson,type!=bootstrap.kubernetes.io/token";

  private static final Logger LOG = System.getLogger(IngressGateway.class.getName());

  private static final String OWNER = "ingresses";
  private static final long MEMORY_SAMPLE_MILLIS = 100;

  private final IngressOptions options;
  private final EventLoopGroup loops;
  private final GatewayContext context;
  private final GatewayServer server;
  private final UpstreamRegistry upstreams;
  private final UpstreamClaims claims;
  private final @Nullable ExternalNames externalNames;
  private final HealthChecker healthChecker;
  private final ServerTls tls;
  private final Frontend http;
  private final Frontend https;
  private final IngressState state = new IngressState(this::changed);
  private final IngressTranslator translator;
  private final GatewayMetrics metrics;
  private final @Nullable SpanExport spans;
  private final DefaultCertificate defaultCertificate;
  private final @Nullable StatusWriter statusWriter;
  private final @Nullable EventReporter events;
  private @Nullable Future<?> sampling;
  private final Semaphore changes = new Semaphore(0);
  private final Thread compiler;
  private volatile Set<UpstreamSpec> backends = Set.of();
  private final AtomicLong wanted = new AtomicLong();
  private volatile long done;
  private volatile boolean ready;
  private volatile boolean closed;
  private volatile @Nullable InetSocketAddress httpAddress;
  private volatile @Nullable InetSocketAddress httpsAddress;

  private IngressGateway(IngressOptions options, @Nullable KubeClient client) {
    this.options = options;
    Transport transport = options.transport();
    loops = transport.newLoops(options.eventLoops(), "ingress");
    TracingOptions tracing = options.tracing();
    spans = tracing == null ? null : SpanExport.start(tracing.collector());
    metrics = new GatewayMetrics(options.metrics(), spans, options.clock());
    List<RequestObserver> observers = new ArrayList<>(options.observers());
    observers.add(metrics);
    if (spans != null) {
      observers.add(spans);
    }
    ExternalNameOptions named = options.externalNames();
    externalNames = named == null ? null : ExternalNames.start(named, this::ports);
    UpstreamPools pools = new UpstreamPools(loops, transport, options.upstream());
    upstreams =
        new UpstreamRegistry(
            pools::evict,
            Ticker.systemTicker()::nanoTime,
            options.random()::nextLong,
            externalNames);
    if (externalNames != null) {
      externalNames.onChange(upstreams::resolved);
    }
    claims = new UpstreamClaims(upstreams);
    healthChecker = new HealthChecker(upstreams, pools, loops.next());
    context =
        new GatewayContext(
            upstreams,
            pools,
            new RequestFields(new RequestIds(options.random())),
            new ResponseFields(new HttpDates(options.clock())),
            options.limits(),
            options.trustedProxies(),
            RequestObserver.of(observers),
            tracer(options));
    guardMemory(MemoryGuard.ofProcess());
    server = new GatewayServer(context, loops, transport);
    CompletableFuture<Certificate> selfSigned =
        CompletableFuture.supplyAsync(
            () -> SelfSigned.create("ingress.local", options.clock().instant()),
            Thread::startVirtualThread);
    defaultCertificate =
        new DefaultCertificate(options.translator().defaultCertificate(), selfSigned::join);
    tls = new ServerTls(defaultCertificate);
    http =
        new Frontend(new InetSocketAddress(options.bind(), Math.max(0, options.httpPort())), null);
    https =
        new Frontend(new InetSocketAddress(options.bind(), Math.max(0, options.httpsPort())), tls);
    http.acceptProxyProtocol(options.proxyProtocolFrom());
    https.acceptProxyProtocol(options.proxyProtocolFrom());
    translator = new IngressTranslator(options.translator());
    statusWriter = client == null ? null : new StatusWriter(client, options.statusAddresses());
    events = client == null ? null : new EventReporter(client, options.clock());
    compiler = Thread.ofVirtual().name("ingress-compiler").unstarted(this::compileLoop);
  }

  /**
   * Sheds load by another gauge than the memory of the process.
   *
   * @param gauge how much is in use, 0 to 1
   */
  void guardMemory(DoubleSupplier gauge) {
    MemoryGuard guard = new MemoryGuard(gauge);
    context.guardMemory(guard);
    Future<?> former = sampling;
    if (former != null) {
      former.cancel(false);
    }
    sampling =
        loops
            .next()
            .scheduleAtFixedRate(guard::sample, 0, MEMORY_SAMPLE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static @Nullable Tracer tracer(IngressOptions options) {
    TracingOptions tracing = options.tracing();
    return tracing == null ? null : new Tracer(tracing.traces(), options.random(), options.clock());
  }

  /**
   * Starts a gateway.
   *
   * @param client for the status of Ingresses and for Events; null to write neither
   * @throws IOException where a port cannot be bound
   */
  public static IngressGateway start(IngressOptions options, @Nullable KubeClient client)
      throws IOException {
    IngressGateway gateway = new IngressGateway(options, client);
    try {
      gateway.listen();
    } catch (IOException notBound) {
      gateway.shutdownLoops();
      gateway.closeSpans();
      throw notBound;
    }
    gateway.healthChecker.start();
    gateway.compiler.start();
    return gateway;
  }

  /** Receives Ingresses. */
  public ReflectorListener<Ingress> ingresses() {
    return state.ingresses();
  }

  /** Receives IngressClasses. */
  public ReflectorListener<IngressClass> ingressClasses() {
    return state.classes();
  }

  /** Receives Secrets; {@link #USABLE_SECRETS} are enough. */
  public ReflectorListener<Secret> secrets() {
    return state.secrets();
  }

  /** Receives the ConfigMap of the gateway, and no other. */
  public ReflectorListener<ConfigMap> config() {
    return state.configs();
  }

  @Override
  public void onSnapshot(SnapshotDelta delta) {
    upstreams.update(delta.after(), delta.changed());
    server.streams().update(delta.after());
    state.services(delta.after());
    if (concernsDiagnostics(delta)) {
      changed();
    }
  }

  /**
   * Serves the Gateway API with the same event loops and connections to endpoints. Give what is
   * returned the snapshots behind this gateway and close it before.
   *
   * @param client writes the statuses; null to write none
   */
  public GatewayController newGatewayController(
      GatewayApiOptions gatewayOptions, @Nullable KubeClient client) {
    return new GatewayController(
        gatewayOptions, server, claims, client, defaultCertificate, options.clock());
  }

  /** The ports that are listened on. */
  private Set<Integer> ports() {
    Set<Integer> ports = new HashSet<>();
    for (InetSocketAddress address : Arrays.asList(httpAddress, httpsAddress)) {
      if (address != null) {
        ports.add(address.getPort());
      }
    }
    return ports;
  }

  /** Where plain HTTP is served, or null. */
  public @Nullable InetSocketAddress httpAddress() {
    return httpAddress;
  }

  /** Where HTTPS is served, or null. */
  public @Nullable InetSocketAddress httpsAddress() {
    return httpsAddress;
  }

  /** Whether routes have been published. */
  public boolean isReady() {
    return ready;
  }

  /** Counts of what the gateway did. */
  public GatewayCounters counters() {
    return context.counters();
  }

  /** What the gateway counted, in the text format of Prometheus. */
  public String metrics() {
    return metrics.prometheus(context.counters());
  }

  /** The objects as they are known, or null before both Ingresses and classes were listed. */
  public @Nullable IngressObjects objects() {
    return state.objects();
  }

  /** Where Ingresses are served, for their status: IP addresses and host names. */
  public void publishStatus(List<String> addresses) {
    if (statusWriter != null) {
      statusWriter.addresses(addresses);
    }
  }

  /** Whether this replica, of several, writes the status of Ingresses; at first it does. */
  public void leading(boolean leads) {
    if (statusWriter != null) {
      statusWriter.leading(leads);
    }
  }

  /** Whether this replica, of several, writes Events; at first it does. */
  public void reporting(boolean reports) {
    if (events != null) {
      events.silent(!reports);
    }
  }

  /** Takes our addresses away from all Ingresses, for so long at most. */
  public void clearStatus(Duration atMost) throws InterruptedException {
    if (statusWriter != null) {
      statusWriter.clear(atMost);
    }
  }

  /** Lets open requests finish for a while, then closes everything. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    changes.release();
    try {
      server.drain(options.drain());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    server.streams().close();
    if (externalNames != null) {
      externalNames.close();
    }
    if (statusWriter != null) {
      statusWriter.close();
    }
    if (events != null) {
      events.close();
    }
    shutdownLoops();
    closeSpans();
  }

  private void listen() throws IOException {
    if (options.httpPort() >= 0) {
      httpAddress = server.listen(http);
    }
    if (options.httpsPort() >= 0) {
      InetSocketAddress bound = server.listen(https);
      httpsAddress = bound;
      http.redirectTo(bound.getPort());
      https.redirectTo(bound.getPort());
    }
    LOG.log(
        Level.INFO,
        "ingress gateway listens http={0} https={1} transport={2}",
        httpAddress,
        httpsAddress,
        options.transport());
  }

  /** How many changes have been delivered so far. */
  long compilationsWanted() {
    return wanted.get();
  }

  /** How many of the delivered changes are compiled. */
  long compilationsDone() {
    return done;
  }

  private void changed() {
    wanted.incrementAndGet();
    changes.release();
  }

  private void compileLoop() {
    while (!closed) {
      try {
        changes.acquire();
        changes.drainPermits();
        long target = wanted.get();
        if (!closed) {
          compile();
        }
        done = target;
      } catch (InterruptedException interrupted) {
        return;
      } catch (RuntimeException unforeseen) {
        metrics.notCompiled();
        LOG.log(Level.ERROR, "routes were not compiled; the former ones stay", unforeseen);
      }
    }
  }

  private void compile() {
    IngressObjects objects = state.objects();
    if (objects == null) {
      return;
    }
    long started = System.nanoTime();
    Translation translation = translator.translate(objects);
    defaultCertificate.update(objects.secrets());
    context.trustAlso(translation.edge().trusted());
    List<IpPrefix> loadBalancers = new ArrayList<>(options.proxyProtocolFrom());
    loadBalancers.addAll(translation.edge().proxyProtocol());
    http.acceptProxyProtocol(loadBalancers);
    https.acceptProxyProtocol(loadBalancers);
    ListenerTable table = ListenerTable.of(translation.routes());
    claims.replace(
        OWNER,
        translation.upstreams(),
        () -> {
          tls.replace(translation.tls(), translation.edge().tls());
          http.publish(table);
          https.publish(table);
        });
    backends = translation.upstreams();
    metrics.compiled(translation, System.nanoTime() - started);
    ready = true;
    if (statusWriter != null) {
      statusWriter.update(objects.ingresses(), translation.accepted());
    }
    if (events != null) {
      events.report(translation.diagnostics());
    }
  }

  /** Whether a Service of a route appeared, disappeared or changed its ports. */
  private boolean concernsDiagnostics(SnapshotDelta delta) {
    if (delta.before().revision() == 0) {
      return true;
    }
    for (UpstreamSpec backend : backends) {
      ServiceName name = backend.port().service();
      if (delta.changed().contains(name)
          && !portsOf(delta.before(), name).equals(portsOf(delta.after(), name))) {
        return true;
      }
    }
    return false;
  }

  private static Object portsOf(ServiceSnapshot snapshot, ServiceName name) {
    var service = snapshot.service(name);
    return service == null ? "absent" : List.of(service.type(), service.ports());
  }

  private void closeSpans() {
    if (spans != null) {
      spans.close();
    }
  }

  private void shutdownLoops() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
