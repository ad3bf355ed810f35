// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.apiserver.ApiServerConfig;
import dev.fairway.controller.ControllerManager;
import dev.fairway.controller.ControllerOptions;
import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.DnsServer;
import dev.fairway.ingress.IngressGateway;
import dev.fairway.ingress.IngressOptions;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.node.cluster.ClusterStatus.Endpoint;
import dev.fairway.node.cluster.ClusterStatus.NodeStatus;
import dev.fairway.node.runtime.ProcessLauncher;
import dev.fairway.node.runtime.ProcessTable;
import dev.fairway.scheduler.Scheduler;
import dev.fairway.scheduler.SchedulerOptions;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ObjectNode;

/**
 * A running cluster. Everything starts at the same time: what needs the API server waits for it
 * with its first request. Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Cluster.class.getName());
  private static final Duration READY_BOUND = Duration.ofSeconds(60);
  private static final List<String> ADMINS = List.of("system:masters");

  private final ClusterConfig config;
  private final StateDir stateDir;
  private final Progress progress;
  private final Parts parts = new Parts();
  private final CompletableFuture<ApiServer> api = new CompletableFuture<>();
  private final List<NodeProcess> nodeProcesses = new ArrayList<>();
  private final ReentrantLock statusLock = new ReentrantLock();
  private final long startedNanos = System.nanoTime();
  private ClusterStatus status;
  private boolean closed;

  private Cluster(ClusterConfig config, StateDir stateDir, Progress progress) {
    this.config = config;
    this.stateDir = stateDir;
    this.progress = progress;
    Endpoint none = new Endpoint("", 0);
    this.status = new ClusterStatus(false, 0, "", none, none, none, List.of());
  }

  /**
   * Starts a cluster. It is ready when this returns; if it cannot be, nothing of it is left.
   *
   * @throws EnvironmentException if the machine does not give what it needs
   */
  public static Cluster start(ClusterConfig config, Progress progress)
      throws EnvironmentException, InterruptedException {
    StateDir stateDir = new StateDir(config.stateDir());
    Cluster cluster = new Cluster(config, stateDir, progress);
    cluster.parts.add(stateDir.lock());
    try {
      stateDir.deleteStatus();
      int left = ProcessTable.killAll(stateDir.mark());
      if (left > 0) {
        LOG.log(Level.INFO, "killed what an earlier cluster left processes=" + left);
      }
      Ports.check(config);
      cluster.startAll();
      return cluster;
    } catch (IOException e) {
      cluster.close();
      throw new EnvironmentException(FileProblem.text(e), e);
    } catch (EnvironmentException | RuntimeException | InterruptedException e) {
      cluster.close();
      throw e;
    }
  }

  private void startAll() throws IOException, EnvironmentException, InterruptedException {
    KubeClient client = new KubeClient(new LateTransport(api, "system:fairway", ADMINS));
    try (ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<ApiServer> apiServer = starters.submit(this::startApi);
      Future<?> controllers = starters.submit(() -> startControllers(client));
      ServiceFeed feed = parts.add(new ServiceFeed(client));
      Future<DnsServer> dns = starters.submit(() -> startDns(feed));
      Future<IngressGateway> ingress = starters.submit(() -> startIngress(client, feed));
      Future<LocalNode> node = starters.submit(() -> startNode(feed));
      List<Future<?>> all = List.of(apiServer, controllers, dns, ingress, node);
      for (Future<?> part : all) {
        await(part);
      }
      feed.start();
      LocalNode local = node.resultNow();
      Future<?> nodeStart = starters.submit(() -> startPods(local));
      Future<?> dnsService = starters.submit(() -> publishDns(client, dns.resultNow()));
      new FormerNodes(client).remove(config.nodes());
      List<NodeProcess> processes = startNodeProcesses();
      await(nodeStart);
      await(dnsService);
      awaitReady(local, dns.resultNow(), ingress.resultNow(), processes);
      publish(apiServer.resultNow(), dns.resultNow(), ingress.resultNow());
    }
    phase("ready");
  }

  private ApiServer startApi() throws IOException {
    try {
      ApiServer server =
          parts.add(ApiServer.start(ApiServerConfig.loopback(stateDir.root(), config.apiPort())));
      String url = "https://" + Ports.ADDRESS + ":" + server.port();
      server.writeKubeconfig(stateDir.kubeconfig(), "admin", ADMINS, url);
      api.complete(server);
      phase("API server");
      progress.line("API server on " + url);
      return server;
    } catch (IOException | RuntimeException e) {
      api.completeExceptionally(e);
      throw e;
    }
  }

  private Void startControllers(KubeClient client) throws InterruptedException {
    ControllerManager manager =
        parts.add(
            new ControllerManager(
                client,
                ControllerOptions.defaults()
                    .withNodeMonitorGracePeriod(config.nodeMonitorGracePeriod())
                    .withLoadBalancerPool(config.loadBalancerPool())));
    Scheduler scheduler =
        parts.add(
            new Scheduler(
                client, SchedulerOptions.defaults(), manager.informers(), manager.events()));
    manager.start();
    scheduler.start();
    phase("controllers");
    return null;
  }

  private DnsServer startDns(ServiceFeed feed) throws IOException {
    DnsOptions options =
        DnsOptions.of(new InetSocketAddress(Ports.ADDRESS, config.dnsPort()), "cluster.local")
            .withSystemUpstreams();
    DnsServer dns = parts.add(DnsServer.start(options, feed.source()));
    phase("DNS");
    return dns;
  }

  private IngressGateway startIngress(KubeClient client, ServiceFeed feed)
      throws IOException, InterruptedException {
    IngressOptions options =
        IngressOptions.of(Ports.ADDRESS, config.httpPort(), config.httpsPort())
            .withStatusAddresses(List.of(Ports.ADDRESS))
            .withEventLoops(
                Math.min(4, Runtime.getRuntime().availableProcessors()), Duration.ofSeconds(1));
    IngressGateway gateway = parts.add(IngressGateway.start(options, client));
    feed.addListener(gateway);
    createIngressClass(client);
    feed.follow(Resource.INGRESSES, gateway.ingresses());
    feed.follow(Resource.INGRESS_CLASSES, gateway.ingressClasses());
    feed.follow(
        Resource.SECRETS, ListOptions.fields(IngressGateway.USABLE_SECRETS), gateway.secrets());
    phase("ingress");
    return gateway;
  }

  private static void createIngressClass(KubeClient client)
      throws IOException, InterruptedException {
    ObjectNode ingressClass = KubeCodec.json().createObjectNode();
    ingressClass.put("apiVersion", "networking.k8s.io/v1").put("kind", "IngressClass");
    ingressClass
        .putObject("metadata")
        .put("name", IngressOptions.CLASS_NAME)
        .putObject("annotations")
        .put("ingressclass.kubernetes.io/is-default-class", "true");
    ingressClass.putObject("spec").put("controller", IngressOptions.CONTROLLER);
    try {
      client.create(Resource.INGRESS_CLASSES, "", ingressClass);
    } catch (KubeApiException e) {
      if (!e.isAlreadyExists()) {
        throw new IOException(
            "IngressClass " + IngressOptions.CLASS_NAME + ": " + e.getMessage(), e);
      }
    }
  }

  private LocalNode startNode(ServiceFeed feed) {
    KubeClient client =
        new KubeClient(
            new LateTransport(
                api, "system:node:" + ClusterConfig.nodeName(1), List.of("system:nodes")));
    LocalNode node =
        parts.add(
            new LocalNode(
                new LocalNode.Options(
                    1, stateDir.root(), config.heartbeat(), config.nodeMonitorGracePeriod(), true),
                client,
                feed));
    phase("proxy");
    return node;
  }

  private Void startPods(LocalNode node) throws IOException, InterruptedException {
    node.start(NodeTls.issue(api.join().ca(), ClusterConfig.nodeName(1), Ports.ADDRESS));
    phase("node");
    return null;
  }

  private Void publishDns(KubeClient client, DnsServer dns)
      throws IOException, InterruptedException {
    new DnsService(client, config.dnsClusterIp()).publish(dns.address());
    return null;
  }

  private List<NodeProcess> startNodeProcesses() throws IOException, InterruptedException {
    if (config.nodes() == 1) {
      return nodeProcesses;
    }
    ProcessLauncher launcher = parts.add(new ProcessLauncher());
    for (int k = 2; k <= config.nodes(); k++) {
      nodeProcesses.add(
          parts.add(NodeProcess.start(launcher, config, stateDir, k, api.join(), this::nodeEnded)));
    }
    return nodeProcesses;
  }

  private void awaitReady(
      LocalNode node, DnsServer dns, IngressGateway ingress, List<NodeProcess> processes)
      throws EnvironmentException, InterruptedException {
    if (!node.awaitProgrammed(READY_BOUND)) {
      throw new EnvironmentException("the proxy was not ready in time; see " + stateDir.logFile());
    }
    long deadline = System.nanoTime() + READY_BOUND.toNanos();
    while (!dns.isReady() || !ingress.isReady()) {
      if (System.nanoTime() > deadline) {
        throw new EnvironmentException(
            (dns.isReady() ? "the ingress gateway" : "the DNS")
                + " was not ready in time; see "
                + stateDir.logFile());
      }
      Thread.sleep(2);
    }
    phase("DNS and ingress ready");
    for (NodeProcess process : processes) {
      if (!process.awaitReady(READY_BOUND)) {
        throw new EnvironmentException(
            process.name()
                + " did not start; see "
                + stateDir.root().resolve("log").resolve(process.name() + ".log"));
      }
    }
    progress.line(config.nodes() == 1 ? "node-1 ready" : config.nodes() + " nodes ready");
  }

  private void publish(ApiServer server, DnsServer dns, IngressGateway ingress) throws IOException {
    long self = ProcessHandle.current().pid();
    List<NodeStatus> nodes = new ArrayList<>();
    nodes.add(new NodeStatus(ClusterConfig.nodeName(1), ClusterConfig.nodeAddress(1), self, true));
    for (int i = 0; i < nodeProcesses.size(); i++) {
      NodeProcess process = nodeProcesses.get(i);
      nodes.add(
          new NodeStatus(process.name(), ClusterConfig.nodeAddress(i + 2), process.pid(), true));
    }
    InetSocketAddress http = java.util.Objects.requireNonNull(ingress.httpAddress());
    InetSocketAddress https = java.util.Objects.requireNonNull(ingress.httpsAddress());
    statusLock.lock();
    try {
      status =
          new ClusterStatus(
              true,
              self,
              "https://" + Ports.ADDRESS + ":" + server.port(),
              new Endpoint(Ports.ADDRESS, dns.address().getPort()),
              new Endpoint(Ports.ADDRESS, http.getPort()),
              new Endpoint(Ports.ADDRESS, https.getPort()),
              nodes);
      stateDir.writeStatus(status);
    } finally {
      statusLock.unlock();
    }
  }

  private void nodeEnded(NodeProcess ended) {
    statusLock.lock();
    try {
      for (NodeStatus node : status.nodes()) {
        if (node.name().equals(ended.name())) {
          status = status.withNode(new NodeStatus(node.name(), node.address(), node.pid(), false));
        }
      }
      if (status.ready() && !closed) {
        stateDir.writeStatus(status);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "status not written", e);
    } finally {
      statusLock.unlock();
    }
  }

  private static void await(Future<?> part) throws IOException, InterruptedException {
    try {
      part.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException unexpected -> throw unexpected;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  private void phase(String name) {
    LOG.log(
        Level.DEBUG,
        () -> "started part=" + name + " ms=" + (System.nanoTime() - startedNanos) / 1_000_000);
  }

  /** Where everything is. */
  public ClusterStatus status() {
    statusLock.lock();
    try {
      return status;
    } finally {
      statusLock.unlock();
    }
  }

  /** Stops everything; the store stays. */
  @Override
  public void close() {
    statusLock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      stateDir.deleteStatus();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "status file not removed", e);
    } finally {
      statusLock.unlock();
    }
    api.completeExceptionally(new IOException("the cluster was stopped"));
    parts.close();
    try {
      stateDir.deletePid();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "pid file not removed", e);
    }
  }
}
