// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.controller.loadbalancer.AddressPool;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.node.cluster.NodeProxy;
import dev.fairway.node.cluster.ServiceFeed;
import dev.fairway.node.loadbalancer.LoadBalancing;
import dev.fairway.proxy.health.ProxyServers;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.source.TrackerOptions;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The proxy of a node in kube-proxy's place, from its start to its end. Thread-safe. */
public final class ProxyDaemon implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ProxyDaemon.class.getName());
  private static final Path ROOT = Path.of("/");
  private static final long MEBIBYTE = 1 << 20;
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final Duration FIRST_SYNC = Duration.ofMinutes(10);

  private final CommandFlags flags;
  private final String nodeName;
  private final ApiTransport transport;
  private final KubeClient client;
  private final NodeEvents events;
  private final ServiceFeed feed;
  private final DataPlaneChoice choice;
  private final NodeProxy proxy;
  private final List<IpPrefix> podCidrs;
  private final @Nullable ConfigWatch watch;
  private final @Nullable LoadBalancing loadBalancing;
  private final BlockingQueue<Integer> ends = new LinkedBlockingQueue<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile String others = "not looked for yet";

  private ProxyDaemon(CommandFlags flags, KubeProxyConfig config, String nodeName, ApiAccess api)
      throws ConfigException, InterruptedException {
    this.flags = flags;
    this.nodeName = nodeName;
    this.transport = api.transport();
    client = new KubeClient(transport);
    events = new NodeEvents(client, nodeName, InstantSource.system());
    AddressPool pool = flags.addressPool();
    // The API server answers while the kernel is asked what it can do.
    feed =
        new ServiceFeed(
            client, new TrackerOptions(DataPlaneChoice.minInterval(config), Instant.now()));
    feed.startForProxy();
    applyToKernel(config);
    NodeWait wait = NodeWait.of(client, nodeName, ProxyDaemon::warn);
    List<IpAddress> given = flags.nodeIps();
    Node node = given.isEmpty() ? wait.awaitAddresses() : null;
    boolean byNodeCidr = config.text(ConfigField.DETECT_LOCAL_MODE).equals("NodeCIDR");
    if (byNodeCidr) {
      node = wait.awaitPodCidrs();
    } else if (LocalDetection.waitsForPodCidrs(config, node)) {
      node = wait.awaitFirstPodCidrs();
    }
    podCidrs = NodeAddresses.podCidrs(node);
    List<IpAddress> known =
        given.isEmpty() ? (node == null ? List.of() : NodeAddresses.of(node)) : given;
    List<IpAddress> addresses =
        NodeAddresses.detect(IpAddress.parse(config.text(ConfigField.BIND_ADDRESS)), known);
    info("node " + nodeName + " has the addresses " + addresses);
    choice =
        DataPlaneChoice.choose(
            config,
            new DataPlaneChoice.Place(
                nodeName,
                addresses,
                LocalDetection.ranges(
                    config, LocalDetection.followsPodCidrs(node) ? podCidrs : List.of(), ROOT),
                api.addresses()),
            !flags.isUnprivileged(),
            flags.cgroup());
    proxy =
        new NodeProxy(
            client,
            nodeName,
            choice.factory(),
            plane ->
                new ProxyServers.Options(
                    nodeName,
                    NodeProxy.families(addresses),
                    socket(config.text(ConfigField.HEALTHZ_BIND_ADDRESS)),
                    socket(config.text(ConfigField.METRICS_BIND_ADDRESS)),
                    plane::nodePortIps,
                    choice.syncPeriod().multipliedBy(2),
                    config.flag(ConfigField.BIND_ADDRESS_HARD_FAIL),
                    events::warning,
                    new ProxyServers.Pages(
                        plane.proxier().name(),
                        ProxyServers.Pages.DEFAULT.version(),
                        config::configz,
                        flags::asMap,
                        () -> "",
                        () -> status(plane.proxier().name(), addresses))),
            changed -> onNode(changed, byNodeCidr));
    if (pool != null && flags.isUnprivileged()) {
      warn("--address-pool is not used: the machine is to be left as it is");
      pool = null;
    }
    loadBalancing = pool == null ? null : LoadBalancing.of(client, nodeName, pool);
    Path file = flags.configFile();
    watch =
        file == null
            ? null
            : new ConfigWatch(
                file,
                config,
                () -> flags.configuration(_ -> {}),
                this::applyHot,
                () -> ends.add(0));
  }

  /**
   * Starts the proxy; returns when it follows the API server.
   *
   * @throws ConfigException if the configuration cannot be used on this machine
   */
  public static ProxyDaemon start(
      CommandFlags flags, KubeProxyConfig config, String nodeName, ApiAccess api)
      throws ConfigException, InterruptedException {
    ProxyDaemon daemon;
    try {
      daemon = new ProxyDaemon(flags, config, nodeName, api);
    } catch (UncheckedIOException e) {
      throw new ConfigException(
          String.valueOf(Objects.requireNonNullElse(e.getCause(), e).getMessage()), e);
    }
    daemon.run();
    return daemon;
  }

  /** What {@code /statusz} says beside counts. */
  private Map<String, String> status(String mode, List<IpAddress> addresses) {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("Node", nodeName + " " + addresses);
    lines.put("Mode", mode);
    lines.put("Because", choice.reason());
    lines.put("Others", others);
    Runtime memory = Runtime.getRuntime();
    lines.put(
        "Heap",
        (memory.totalMemory() - memory.freeMemory()) / MEBIBYTE
            + " MiB used of at most "
            + memory.maxMemory() / MEBIBYTE
            + " MiB");
    return lines;
  }

  private void run() {
    proxy.join(feed);
    if (loadBalancing != null) {
      loadBalancing.join(feed);
    }
    if (watch != null) {
      watch.start();
    }
    info(choice.reason());
    events.normal("Starting", choice.reason());
    Thread.ofVirtual().name("neighbours").start(this::lookAround);
  }

  /** Says who else serves Services here, or removes what a kube-proxy that is gone has left. */
  private void lookAround() {
    Neighbours.Found found = Neighbours.ofMachine().find();
    others = found.evidence().isEmpty() ? "none" : String.join("; ", found.evidence());
    if (!found.evidence().isEmpty()) {
      warn(found.warning());
      events.warning("OtherProxy", found.warning());
    }
    if (!flags.isUnprivileged()) {
      removeLeftovers(found.isKubeProxy());
    }
  }

  /**
   * What came before would be asked first: rules of a kube-proxy that is gone, and programs of our
   * own from before another mode was chosen, which nobody would keep up to date any more. They go
   * when ours serve.
   */
  private void removeLeftovers(boolean besideKubeProxy) {
    try {
      if (proxy.awaitFirst(FIRST_SYNC)) {
        Cleanup cleanup = new Cleanup(Commands.ofMachine(), BPF_FOLDER, ProxyDaemon::info);
        if (!choice.inKernel()) {
          cleanup.ofFormerMode(nodeName);
        }
        if (!besideKubeProxy) {
          cleanup.ofKubeProxy();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Where Fairway pins its eBPF objects. */
  static final Path BPF_FOLDER = Path.of("/sys/fs/bpf/fairway");

  private void onNode(Node node, boolean byNodeCidr) {
    if (byNodeCidr && !podCidrs.isEmpty() && !NodeAddresses.podCidrs(node).equals(podCidrs)) {
      warn(
          "podCIDRs of the node changed from "
              + podCidrs
              + " to "
              + NodeAddresses.podCidrs(node)
              + ": a new process is needed");
      ends.add(1);
    }
  }

  private void applyHot(KubeProxyConfig now) {
    applyToKernel(now);
    LogSettings.apply(now, System.getenv("FAIRWAY_LOG_LEVEL") != null);
    info("the configuration file was read again, and what changed is in effect");
  }

  private void applyToKernel(KubeProxyConfig wanted) {
    if (!flags.isUnprivileged()) {
      new KernelSettings(ROOT, Runtime.getRuntime().availableProcessors(), ProxyDaemon::info)
          .apply(wanted);
    }
  }

  /** Waits until the first snapshot is programmed; false if that took longer than the bound. */
  boolean awaitFirst(Duration bound) throws InterruptedException {
    return proxy.awaitFirst(bound);
  }

  /** Waits until the proxy ends by itself: the exit code. */
  public int await() throws InterruptedException {
    return ends.take();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      // Whoever finds a node without a proxy looks here: this one was asked to end, it did not die.
      info("ending: open connections have " + DRAIN.toSeconds() + " s");
      if (watch != null) {
        watch.close();
      }
      if (loadBalancing != null) {
        // While it is still served: other nodes take the addresses over.
        loadBalancing.close();
      }
      feed.close();
      proxy.close(DRAIN);
      transport.close();
      info("ended");
    }
  }

  /**
   * The node's name as kube-proxy finds it: what was said, or the machine's, in lower case.
   *
   * @throws ConfigException if there is none
   */
  public static String nodeName(KubeProxyConfig config) throws ConfigException {
    String name = config.text(ConfigField.HOSTNAME_OVERRIDE).strip();
    if (name.isEmpty()) {
      try {
        name = InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        throw new ConfigException("this machine has no host name: give --hostname-override", e);
      }
    }
    return name.toLowerCase(Locale.ROOT);
  }

  /** An address that was checked, null for "". */
  private static @Nullable InetSocketAddress socket(String text) {
    if (text.isEmpty()) {
      return null;
    }
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon);
    IpAddress address =
        IpAddress.parse(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(address.toBytes()), ConfigCheck.port(text.substring(colon + 1)));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes: " + text, e);
    }
  }

  private static void info(String line) {
    LOG.log(System.Logger.Level.INFO, line);
  }

  private static void warn(String line) {
    LOG.log(System.Logger.Level.WARNING, line);
  }

  @Override
  public String toString() {
    return "proxy of node " + nodeName + ": " + choice.reason();
  }
}
