// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.ingress.IngressGateway;
import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.accesslog.AccessLog;
import dev.fairway.ingress.accesslog.FileSink;
import dev.fairway.ingress.gatewayapi.GatewayApiOptions;
import dev.fairway.ingress.gatewayapi.GatewayController;
import dev.fairway.ingress.gatewayapi.GatewayFeed;
import dev.fairway.ingress.translate.admission.AdmissionReview;
import dev.fairway.ingress.translate.admission.IngressCheck;
import dev.fairway.ingress.translate.gateway.GatewayTranslator;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.node.cluster.ServiceFeed;
import dev.fairway.proxy.health.HttpListening;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A gateway against an API server, from its start to its orderly end. */
public final class IngressDaemon implements AutoCloseable {
  private static final Logger LOG = System.getLogger(IngressDaemon.class.getName());

  /** Two rounds of the election: who is there takes over within one. */
  private static final Duration TAKEOVER = Duration.ofSeconds(5);

  private static final Duration CLEARING = Duration.ofSeconds(5);

  private final DaemonOptions options;
  private final ApiTransport transport;
  private final IngressGateway gateway;
  private final IngressPages pages;
  private final ServiceFeed feed;
  private final @Nullable AccessLog accessLog;
  private final HttpListening.@Nullable Listener pageListener;
  private final GatewayController gateways;
  private final GatewayFeed gatewayFeed;
  private final @Nullable WebhookServer webhook;
  private final @Nullable LeaderElection election;
  private final IdleCollector idleCollector = IdleCollector.start();
  private volatile boolean leading;

  private IngressDaemon(
      DaemonOptions options,
      ApiTransport transport,
      IngressGateway gateway,
      IngressPages pages,
      @Nullable AccessLog accessLog,
      HttpListening.@Nullable Listener pageListener,
      @Nullable WebhookServer webhook) {
    this.options = options;
    this.transport = transport;
    this.gateway = gateway;
    this.pages = pages;
    this.accessLog = accessLog;
    this.pageListener = pageListener;
    this.webhook = webhook;
    KubeClient client = new KubeClient(transport);
    feed = new ServiceFeed(client);
    gateways = gateway.newGatewayController(gatewayOptions(), client);
    // Those of one namespace only would not be enough for Gateways.
    gatewayFeed = new GatewayFeed(client, gateways, !options.scope().namespace().isEmpty());
    follow();
    election = elect(client);
    leading |= election == null && options.status().enabled();
    gateways.start();
    gatewayFeed.start();
  }

  /**
   * Starts a daemon.
   *
   * @param transport closed with the daemon
   * @throws IOException where a port or a file cannot be used; nothing but the transport is open
   */
  public static IngressDaemon start(DaemonOptions options, ApiTransport transport)
      throws IOException {
    ObjectKey configMap = options.scope().configMap();
    Map<String, String> config =
        configMap == null ? Map.of() : GatewayConfig.read(transport, configMap);
    IngressOptions gatewayOptions = options.gateway();
    if (configMap != null) {
      gatewayOptions = gatewayOptions.withConfig(config);
    }
    AccessLog accessLog = accessLog(options.accessLog(), config);
    if (accessLog != null) {
      gatewayOptions = gatewayOptions.withObservers(List.of(accessLog));
    }
    IngressGateway gateway;
    try {
      gateway = IngressGateway.start(gatewayOptions, new KubeClient(transport));
    } catch (IOException notStarted) {
      closeLog(accessLog);
      throw notStarted;
    }
    IngressPages pages = new IngressPages(gateway);
    HttpListening.Listener listener = null;
    WebhookServer webhook;
    try {
      listener = listen(options, pages);
      webhook = webhook(options, gateway);
    } catch (IOException notBound) {
      if (listener != null) {
        listener.close();
      }
      gateway.close();
      closeLog(accessLog);
      throw notBound;
    }
    return new IngressDaemon(options, transport, gateway, pages, accessLog, listener, webhook);
  }

  private static @Nullable WebhookServer webhook(DaemonOptions options, IngressGateway gateway)
      throws IOException {
    DaemonOptions.Webhook asked = options.webhook();
    if (asked == null) {
      return null;
    }
    FileIdentity identity = new FileIdentity(asked.certificate(), asked.key());
    IngressCheck check = new IngressCheck(options.gateway().translator());
    return WebhookServer.open(
        asked.address(), identity, new AdmissionReview(check, gateway::objects));
  }

  private static @Nullable AccessLog accessLog(
      DaemonOptions.@Nullable Log log, Map<String, String> config) throws IOException {
    if (log == null) {
      return null;
    }
    AccessLog.Sink sink = log.file() == null ? new StandardOutput() : new FileSink(log.file());
    return AccessLog.start(log.configured(config).options(), sink, InstantSource.system());
  }

  private static void closeLog(@Nullable AccessLog log) {
    if (log != null) {
      log.close();
    }
  }

  private static HttpListening.@Nullable Listener listen(DaemonOptions options, IngressPages pages)
      throws IOException {
    InetSocketAddress address = options.pages();
    if (address == null) {
      return null;
    }
    try {
      return HttpListening.jdk().open(address, pages);
    } catch (IOException notBound) {
      String problem = "cannot serve /healthz on " + address + ": " + notBound.getMessage();
      if (options.pagesRequired()) {
        throw new IOException(problem, notBound);
      }
      LOG.log(Level.WARNING, "{0}; without it", problem);
      return null;
    }
  }

  private void follow() {
    String namespace = options.scope().namespace();
    String only = namespace.isEmpty() ? "" : "metadata.namespace=" + namespace;
    feed.addListener(gateway);
    feed.addListener(gateways);
    feed.start();
    ReflectorListener<Ingress> ingresses = gateway.ingresses();
    if (!options.scope().selector().isEmpty()) {
      NamespaceScope scope = new NamespaceScope();
      ingresses = scope.of(ingresses);
      feed.follow(Resource.NAMESPACES, ListOptions.labels(options.scope().selector()), scope);
    }
    feed.follow(Resource.INGRESSES, ListOptions.fields(only), ingresses);
    feed.follow(Resource.INGRESS_CLASSES, gateway.ingressClasses());
    String secrets = IngressGateway.USABLE_SECRETS + (only.isEmpty() ? "" : "," + only);
    ReflectorListener<Secret> receivers = gateway.secrets();
    if (only.isEmpty()) {
      receivers = new BothListeners<>(receivers, gateways.listener(Resource.SECRETS));
    }
    feed.follow(Resource.SECRETS, ListOptions.fields(secrets), receivers);
    ObjectKey configMap = options.scope().configMap();
    if (configMap != null) {
      feed.follow(Resource.CONFIG_MAPS, GatewayConfig.only(configMap), gateway.config());
    }
    ObjectKey published = options.status().service();
    if (options.status().isWritten() && options.status().addresses().isEmpty()) {
      if (published != null) {
        String fields =
            "metadata.namespace=" + published.namespace() + ",metadata.name=" + published.name();
        feed.follow(
            Resource.SERVICES,
            ListOptions.fields(fields),
            new PublishedService(published, gateway::publishStatus));
      }
    }
  }

  private @Nullable LeaderElection elect(KubeClient client) {
    DaemonOptions.Status status = options.status();
    boolean ofIngresses = status.isWritten();
    if (ofIngresses) {
      gateway.publishStatus(status.addresses());
    } else {
      gateway.leading(false);
    }
    boolean ofGateways = status.enabled() && options.addressPool() != null;
    if (status.electionId().isEmpty() || !(ofIngresses || ofGateways)) {
      return null;
    }
    gateway.leading(false);
    gateway.reporting(false);
    return LeaderElection.start(
        client,
        LeaderElection.Terms.of(status.electionNamespace(), status.electionId(), status.identity()),
        InstantSource.system(),
        leads -> {
          leading = leads;
          gateway.leading(leads && ofIngresses);
          gateway.reporting(leads);
        });
  }

  /** The address of Ingresses is not for Gateways. */
  private GatewayApiOptions gatewayOptions() {
    IpAddress own = IpAddress.tryParse(options.gateway().bind());
    return new GatewayApiOptions(
        GatewayTranslator.CONTROLLER,
        options.addressPool(),
        own == null ? Set.of() : Set.of(own),
        options.gateway().proxyProtocolFrom(),
        () -> leading);
  }

  /** What is served where. */
  public IngressGateway gateway() {
    return gateway;
  }

  /** Where the webhook is, or null. */
  public @Nullable InetSocketAddress webhookAddress() {
    return webhook == null ? null : webhook.address();
  }

  /** Where the health port is, or null. */
  public @Nullable InetSocketAddress pagesAddress() {
    return pageListener == null ? null : pageListener.address();
  }

  /**
   * Tells load balancers to look elsewhere, goes on serving for the grace period, lets open
   * requests finish and ends.
   */
  @Override
  public void close() {
    pages.ending();
    idleCollector.close();
    try {
      leave();
      TimeUnit.MILLISECONDS.sleep(options.shutdownGrace().toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    gatewayFeed.close();
    gateways.close();
    gateway.close();
    feed.close();
    closeLog(accessLog);
    if (webhook != null) {
      webhook.close();
    }
    if (pageListener != null) {
      pageListener.close();
    }
    transport.close();
  }

  /** Hands the lead over; without anybody to take it the addresses go. */
  private void leave() throws InterruptedException {
    boolean led = election == null ? options.status().isWritten() : election.isLeading();
    if (election != null) {
      election.close();
    }
    if (!led || !options.status().clearOnShutdown() || !options.status().isWritten()) {
      return;
    }
    if (election == null || !election.isTakenOver(TAKEOVER)) {
      gateway.clearStatus(CLEARING);
    }
  }

  /** Lines on the standard output. */
  private static final class StandardOutput implements AccessLog.Sink {
    @Override
    public void write(String lines) {
      System.out.print(lines);
      System.out.flush();
    }

    @Override
    public void close() {
      System.out.flush();
    }
  }
}
