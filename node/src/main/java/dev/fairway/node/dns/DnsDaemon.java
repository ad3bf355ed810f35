// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.DnsServer;
import dev.fairway.dns.cluster.PodsMode;
import dev.fairway.dns.config.ConfigWatch;
import dev.fairway.dns.config.DnsConfig;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.node.cluster.ServiceFeed;
import dev.fairway.node.dns.DnsPages.Page;
import dev.fairway.proxy.health.Answer;
import dev.fairway.proxy.health.ProcessMetricsText;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The cluster DNS as a program of its own: follows an API server, answers, and says how it is.
 * Unless asked to, it does not listen before it knows the cluster: clients then ask another server
 * rather than to be told that a name fails. Thread-safe.
 */
public final class DnsDaemon implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(DnsDaemon.class.getName());
  private static final Duration STILL_WAITING = Duration.ofSeconds(15);

  /** No client waits longer for a name that is looked up. */
  private static final Duration LOOKUP_PATIENCE = Duration.ofSeconds(5);

  /** Waits. */
  interface Pause {
    void await(Duration duration) throws InterruptedException;
  }

  private final Options options;
  private final Pause pause;
  private final ApiTransport transport;
  private final ServiceFeed feed;
  private final DnsServer server;
  private final DnsPages pages;
  private final HealthSelfCheck selfCheck;
  private final @Nullable ConfigWatch watch;
  private final CountDownLatch servicesListed = new CountDownLatch(1);
  private final CountDownLatch podsListed = new CountDownLatch(1);
  private final CountDownLatch ending = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private volatile boolean listening;

  private DnsDaemon(Options options, ApiTransport transport, Pause pause) throws IOException {
    this.options = options;
    this.pause = pause;
    this.transport = transport;
    feed = new ServiceFeed(new KubeClient(transport));
    server = new DnsServer(options.dns());
    selfCheck = new HealthSelfCheck(server.metrics());
    Reloading reloading = options.reloading();
    watch =
        reloading == null
            ? null
            : new ConfigWatch(reloading.file(), server.metrics().forward(), this::reload);
    try {
      pages = DnsPages.open(pages(options));
    } catch (IOException e) {
      server.close();
      feed.close();
      throw e;
    }
  }

  /**
   * Begins to follow the API server, and to answer if the options say so.
   *
   * @param transport of the API server; it stays open when the start fails
   * @throws IOException when an address cannot be listened on
   */
  public static DnsDaemon start(Options options, ApiTransport transport) throws IOException {
    return start(options, transport, Thread::sleep);
  }

  static DnsDaemon start(Options options, ApiTransport transport, Pause pause) throws IOException {
    DnsDaemon daemon = new DnsDaemon(options, transport, pause);
    if (options.listenEarly() || daemon.server.isReady()) {
      daemon.listen();
    }
    daemon.feed.addListener(daemon.server);
    daemon.feed.addListener(_ -> daemon.servicesListed.countDown());
    daemon.follow();
    return daemon;
  }

  private void follow() {
    InetSocketAddress page = healthAddress();
    if (page != null && options.metrics() != null) {
      selfCheck.start(page);
    }
    Selection selection = options.selection();
    if (selection != null) {
      feed.startForDns(selection.labels(), selection.namespaceLabels());
      if (options.dns().zone().pods() == PodsMode.VERIFIED) {
        PodFeed pods = new PodFeed(server.pods(), podsListed::countDown);
        feed.follow(Resource.PODS, PodFeed.LIVE, pods);
      }
    }
    Reloading reloading = options.reloading();
    if (watch != null && reloading != null) {
      watch.start(reloading.reload(), new SecureRandom());
    }
  }

  /** Rules and upstreams take effect at once, the rest with the next process. */
  private void reload(DnsConfig config) {
    server.reload(config.rules(), config.forward());
    Reloading reloading = options.reloading();
    if (reloading != null && isOtherProcess(reloading.config(), config)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "changes beside rules and upstreams take effect when this program is started again");
    }
  }

  private static boolean isOtherProcess(DnsConfig before, DnsConfig now) {
    return !before.listen().equals(now.listen())
        || !Objects.equals(before.kubernetes(), now.kubernetes())
        || !before.process().equals(now.process())
        || !before.serving().equals(now.serving());
  }

  /**
   * Waits until cluster names are answered, for as long as it takes.
   *
   * @return false if the daemon was closed before
   * @throws IOException when an address cannot be listened on; the daemon is closed then
   */
  public boolean awaitListening() throws IOException, InterruptedException {
    if (listening && server.isReady()) {
      return true;
    }
    await(servicesListed);
    if (options.dns().zone().pods() == PodsMode.VERIFIED) {
      await(podsListed);
    }
    if (ending.getCount() == 0) {
      return false;
    }
    if (!listening) {
      listen();
    }
    return true;
  }

  private static void await(CountDownLatch lists) throws InterruptedException {
    while (!lists.await(STILL_WAITING.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.log(System.Logger.Level.WARNING, "still waiting for the first lists of the API server");
    }
  }

  private void listen() throws IOException {
    try {
      server.listen(DnsServer.LOG_EVENTS);
      listening = true;
    } catch (IOException e) {
      stop();
      throw e;
    }
  }

  private List<Page> pages(Options asked) {
    List<Page> all = new ArrayList<>();
    if (asked.health() != null) {
      all.add(new Page(asked.health(), "/health", () -> DnsPages.ok("OK")));
    }
    if (asked.ready() != null) {
      all.add(new Page(asked.ready(), "/ready", this::readiness));
    }
    if (asked.metrics() != null) {
      all.add(
          new Page(
              asked.metrics(),
              "/metrics",
              () -> DnsPages.metrics(server.metrics().prometheus() + ProcessMetricsText.render())));
    }
    return all;
  }

  /** In CoreDNS's words: the parts that are not ready. */
  private Answer readiness() {
    if (ending.getCount() == 0) {
      return DnsPages.unavailable("lameduck");
    }
    return listening && server.isReady() ? DnsPages.ok("OK") : DnsPages.unavailable("kubernetes");
  }

  /** Where names are answered; empty before {@link #awaitListening}. */
  public List<InetSocketAddress> addresses() {
    return server.addresses();
  }

  /** Where {@code /health} is, null for nowhere. */
  public @Nullable InetSocketAddress healthAddress() {
    return pages.address(options.health());
  }

  /** Where {@code /ready} is, null for nowhere. */
  public @Nullable InetSocketAddress readyAddress() {
    return pages.address(options.ready());
  }

  /** Where {@code /metrics} is, null for nowhere. */
  public @Nullable InetSocketAddress metricsAddress() {
    return pages.address(options.metrics());
  }

  /**
   * Says that it is not ready, answers for as long as the options say, so that clients get to know
   * other servers, and ends.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    ending.countDown();
    if (listening && options.lameduck().isPositive()) {
      LOG.log(
          System.Logger.Level.INFO, () -> "ending, after " + options.lameduck() + " of lameduck");
      try {
        pause.await(options.lameduck());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    if (listening && options.dns().server().sharedAddress()) {
      server.retire(LOOKUP_PATIENCE);
    }
    stop();
  }

  private void stop() {
    if (!stopped.compareAndSet(false, true)) {
      return;
    }
    closed.set(true);
    ending.countDown();
    if (watch != null) {
      watch.close();
    }
    selfCheck.close();
    server.close();
    pages.close();
    feed.close();
    transport.close();
    servicesListed.countDown();
    podsListed.countDown();
  }

  /**
   * What the daemon is like.
   *
   * @param dns what it answers, and where
   * @param health where {@code /health} is: 200 for as long as the process lives; null for nowhere
   * @param ready where {@code /ready} is: 200 while cluster names are answered; null for nowhere
   * @param metrics where {@code /metrics} is; null for nowhere
   * @param lameduck for how long names are still answered after it was asked to end
   * @param listenEarly whether it listens before it knows the cluster
   * @param selection the objects that have names, null if the API server is not to be asked
   * @param reloading the file that is looked at again, null for none
   */
  public record Options(
      DnsOptions dns,
      @Nullable InetSocketAddress health,
      @Nullable InetSocketAddress ready,
      @Nullable InetSocketAddress metrics,
      Duration lameduck,
      boolean listenEarly,
      @Nullable Selection selection,
      @Nullable Reloading reloading) {
    public Options {
      if (lameduck.isNegative()) {
        throw new IllegalArgumentException("lameduck must not be negative: " + lameduck);
      }
    }

    /** All objects, no pages, no lameduck, no file. */
    public static Options of(DnsOptions dns) {
      return new Options(dns, null, null, null, Duration.ZERO, false, Selection.ALL, null);
    }

    /** With other names, or at other addresses. */
    public Options withDns(DnsOptions other) {
      return new Options(
          other, health, ready, metrics, lameduck, listenEarly, selection, reloading);
    }

    /** With pages. */
    public Options withPages(
        @Nullable InetSocketAddress healthPage,
        @Nullable InetSocketAddress readyPage,
        @Nullable InetSocketAddress metricsPage) {
      return new Options(
          dns, healthPage, readyPage, metricsPage, lameduck, listenEarly, selection, reloading);
    }

    /** With a time to answer after the end was asked for. */
    public Options withLameduck(Duration time) {
      return new Options(dns, health, ready, metrics, time, listenEarly, selection, reloading);
    }

    /** Listening early, or not. */
    public Options withListenEarly(boolean early) {
      return new Options(dns, health, ready, metrics, lameduck, early, selection, reloading);
    }
  }

  /**
   * Which objects have names.
   *
   * @param labels selector of Services and EndpointSlices, "" for all
   * @param namespaceLabels selector of namespaces, "" for all
   */
  public record Selection(String labels, String namespaceLabels) {
    static final Selection ALL = new Selection("", "");
  }

  /**
   * A configuration file that is looked at now and then.
   *
   * @param config what it said at the start
   */
  public record Reloading(Path file, DnsConfig.Reload reload, DnsConfig config) {}
}
