// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.AddressGuard;
import dev.fairway.proxy.AppliedRevision;
import dev.fairway.proxy.NodePortAddresses;
import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.SyncResult;
import dev.fairway.proxy.bpf.NodeMaps.Skips;
import dev.fairway.service.IpAddress;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves services inside the kernel: sockets of a cgroup connect to backends instead of service
 * addresses, and no packet is ever touched. Connections that are open survive every change, and
 * with pins also the end of this process. Thread-safe.
 *
 * <p>{@link BpfSupport} says whether the machine can do this.
 */
public final class BpfProxier implements Proxier {
  private static final System.Logger LOG = System.getLogger(BpfProxier.class.getName());

  /** Much longer than any program runs. */
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long FIRST_RETRY_MILLIS = 1000;
  private static final long LAST_RETRY_MILLIS = 30_000;

  private final BpfOptions options;
  private final ProxyEvents events;
  private final ProxyMetrics metrics;
  private final LongSupplier nanoClock;
  private final Supplier<? extends Collection<IpAddress>> machineAddresses;
  private final NodePortAddresses nodePortAddresses;
  private final ScheduledThreadPoolExecutor background;

  private final ReentrantLock lock = new ReentrantLock();
  private final AppliedRevision applied = new AppliedRevision();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();
  private NodeTopology node;
  private @Nullable Steering steering;
  private final Set<IpAddress> guarded = new HashSet<>();
  private Skips skips = Skips.NONE;
  private Map<Long, IpAddress> pods = Map.of();
  private @Nullable Programming programming;
  private long retryMillis = FIRST_RETRY_MILLIS;
  private boolean complete;
  private boolean collecting;
  private boolean closed;

  /** A proxier that touches no socket until its first sync. */
  public BpfProxier(BpfOptions options, ProxyEvents events, ProxyMetrics metrics) {
    this(options, events, metrics, System::nanoTime, NodePortAddresses::ofMachine);
  }

  /**
   * As the other, with everything that a test wants to hold in its hand.
   *
   * @param machineAddresses the addresses of all interfaces, now
   */
  public BpfProxier(
      BpfOptions options,
      ProxyEvents events,
      ProxyMetrics metrics,
      LongSupplier nanoClock,
      Supplier<? extends Collection<IpAddress>> machineAddresses) {
    this.options = options;
    this.events = events;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
    this.machineAddresses = machineAddresses;
    this.node = options.node();
    nodePortAddresses = NodePortAddresses.parse(options.nodePortAddresses());
    background =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().daemon().name("bpf-background").unstarted(task));
    background.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public String name() {
    return "ebpf";
  }

  @Override
  public SyncResult sync(SnapshotDelta delta) {
    long start = nanoClock.getAsLong();
    lock.lock();
    try {
      snapshot = delta.after();
      Programming.Result done = Programming.Result.NOTHING;
      if (!closed) {
        done = program(complete ? delta.changed() : null);
      }
      long nanos = nanoClock.getAsLong() - start;
      SyncMetrics.record(metrics, delta, nanos / 1e9);
      return new SyncResult(
          snapshot.revision(),
          delta.changed().size(),
          done.ports(),
          done.frontendsAdded(),
          done.frontendsRemoved(),
          nanos);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Programs services; if the kernel does not let us, everything is compared with what it has after
   * a while.
   *
   * @param changed null for all there are, and for nothing else to be left
   */
  private Programming.Result program(@Nullable Set<ServiceName> changed) {
    try {
      Programming current = programming;
      if (current == null) {
        current = new Programming(options, events, snapshot, nanoClock);
        programming = current;
      }
      Programming.Result result;
      if (changed == null) {
        current.begin(node, steering, nodePortIps(), guarded, skips, pods);
        result = current.programAll(snapshot);
        current.attach(steering);
      } else {
        result = current.program(changed, snapshot);
      }
      complete = true;
      retryMillis = FIRST_RETRY_MILLIS;
      metrics.frontends.set(current.frontends());
      afterwards(current);
      applied.set(snapshot.revision());
      return result;
    } catch (BpfException | UncheckedIOException e) {
      complete = false;
      LOG.log(
          System.Logger.Level.ERROR,
          "programming failed, next attempt in " + retryMillis + " ms",
          e);
      background.schedule(this::retry, retryMillis, TimeUnit.MILLISECONDS);
      retryMillis = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
      return Programming.Result.NOTHING;
    }
  }

  private Set<IpAddress> nodePortIps() {
    return nodePortAddresses.resolve(options.nodeAddresses(), machineAddresses.get());
  }

  private void retry() {
    lock.lock();
    try {
      if (!closed && !complete) {
        program(null);
      }
    } finally {
      lock.unlock();
    }
  }

  /** What new connections need not wait for. */
  private void afterwards(Programming current) {
    SocketDestroyer destroyer = current.takeVictims();
    if (destroyer != null) {
      background.execute(() -> destroy(destroyer));
    }
    if (current.hasLeftovers() && !collecting) {
      collecting = true;
      background.schedule(this::collect, GRACE_NANOS + 1_000_000, TimeUnit.NANOSECONDS);
    }
  }

  private static void destroy(SocketDestroyer destroyer) {
    try {
      destroyer.destroy();
    } catch (BpfException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot end sockets of removed endpoints", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Removes what no socket can meet any more. */
  void collect() {
    lock.lock();
    try {
      collecting = false;
      Programming current = programming;
      if (closed || current == null || !complete) {
        return;
      }
      current.collect(GRACE_NANOS);
      afterwards(current);
    } catch (BpfException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot remove old sets of backends", e);
      complete = false;
      background.execute(this::retry);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives packets that come to service addresses to sockets, and refuses those that nobody is to
   * answer. To be called before the first sync, or at any time after.
   */
  public void steer(Steering sockets) {
    lock.lock();
    try {
      steering = sockets;
      Programming current = programming;
      if (current != null && complete && !closed) {
        current.begin(node, sockets, nodePortIps(), guarded, skips, pods);
        current.attach(sockets);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * What keeps other sockets from answering on addresses of services: with {@link #steer} packets
   * to ports that no service has there are refused.
   */
  public AddressGuard guard() {
    return new Guard();
  }

  /**
   * Leaves sockets alone, so that their packets go to the service address: for pods that have a
   * proxy of their own. Those that were left alone before are not any more.
   *
   * @param networkNamespaces files of namespaces, all of whose sockets are meant
   * @param cgroups directories of cgroups, without those below them
   */
  public void skip(Collection<Path> networkNamespaces, Collection<Path> cgroups)
      throws InterruptedException {
    Set<Long> cookies = new HashSet<>();
    for (Path namespace : networkNamespaces) {
      NetworkNamespaces.cookie(namespace).ifPresent(cookies::add);
    }
    Set<Long> ids = new HashSet<>();
    for (Path cgroup : cgroups) {
      CgroupTree.id(cgroup).ifPresent(ids::add);
    }
    lock.lock();
    try {
      skips = new Skips(cookies, ids, skips.ours());
      rewrite();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Serves only sockets of some network namespaces: where several nodes share a kernel, each daemon
   * has those of its node. Packets of the others reach the service address itself.
   *
   * @param cookies numbers of namespaces; empty for all
   */
  void serveOnly(Set<Long> cookies) {
    lock.lock();
    try {
      skips = new Skips(skips.networkNamespaces(), skips.cgroups(), Set.copyOf(cookies));
      rewrite();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Says which address the pod of a network namespace has, so that affinity knows it by that as it
   * knows clients elsewhere, instead of by its namespace.
   *
   * @param addresses by the file of the namespace
   */
  public void setPodAddresses(Map<Path, IpAddress> addresses) throws InterruptedException {
    Map<Long, IpAddress> byCookie = new HashMap<>();
    for (Map.Entry<Path, IpAddress> pod : addresses.entrySet()) {
      NetworkNamespaces.cookie(pod.getKey())
          .ifPresent(cookie -> byCookie.put(cookie, pod.getValue()));
    }
    lock.lock();
    try {
      pods = byCookie;
      rewrite();
    } finally {
      lock.unlock();
    }
  }

  private void rewrite() {
    Programming current = programming;
    if (current != null && complete && !closed) {
      current.begin(node, steering, nodePortIps(), guarded, skips, pods);
    }
  }

  /**
   * Looks at the machine's addresses again; node ports follow if they changed. To be called now and
   * then, as addresses come and go without anybody saying so.
   */
  public void refreshAddresses() {
    Set<IpAddress> now = nodePortIps();
    lock.lock();
    try {
      Programming current = programming;
      if (!closed && current != null && complete) {
        current.setNodePortIps(now);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The node's zone changed: hints mean other endpoints now.
   *
   * @param zone "" for none
   */
  public void setZone(String zone) {
    lock.lock();
    try {
      if (closed || zone.equals(node.zone())) {
        return;
      }
      node = new NodeTopology(node.nodeName(), zone);
      Programming current = programming;
      if (current == null || !complete) {
        return;
      }
      current.setNode(node);
      Set<ServiceName> all = new HashSet<>();
      snapshot.services().forEach(service -> all.add(service.name()));
      program(all);
    } finally {
      lock.unlock();
    }
  }

  /** What the kernel has for an address, port and protocol, in words; empty if nothing. */
  public List<String> rows(IpAddress address, int port, Protocol protocol) {
    lock.lock();
    try {
      Programming current = programming;
      return current == null || closed ? List.of() : current.describe(address, port, protocol);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What the programs did so far, by name: forwarded, rejected, dropped, steered, sticky, raced.
   */
  public Map<String, Long> counters() {
    lock.lock();
    try {
      Programming current = programming;
      return current == null || closed ? new HashMap<>() : Counters.read(current.path());
    } finally {
      lock.unlock();
    }
  }

  /** Serves the sockets of another cgroup too, until it is closed. */
  void serveAlso(Path cgroup) {
    lock.lock();
    try {
      Programming current = programming;
      if (current != null && !closed) {
        current.path().attachAlso(cgroup);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many elements a map has. */
  int elements(String map) {
    lock.lock();
    try {
      int[] count = new int[1];
      Programming current = programming;
      if (current != null && !closed) {
        current.path().map(map).forEach((_, _) -> count[0]++);
      }
      return count[0];
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean awaitApplied(long revision, Duration timeout) throws InterruptedException {
    return applied.await(revision, timeout);
  }

  /**
   * Lets go of the kernel. With pins services are served as before, for whoever comes next; without
   * them sockets are alone from now on. Connections stay open, so there is nothing to drain.
   */
  @Override
  public void close(Duration drain) {
    end(false);
  }

  /** Removes everything from the kernel, pins included, also those of a process before. */
  public void cleanup() {
    end(true);
  }

  private void end(boolean remove) {
    background.shutdownNow();
    try {
      // Whoever is at work there uses what is closed next.
      if (!background.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.log(System.Logger.Level.WARNING, "work in the background does not end");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      Path pins = options.pins();
      if (programming != null) {
        programming.close(remove);
      } else if (remove && pins != null) {
        DataPath.removePinned(pins);
      }
    } finally {
      applied.end();
      lock.unlock();
    }
  }

  private final class Guard implements AddressGuard {
    @Override
    public void add(Collection<IpAddress> addresses) {
      lock.lock();
      try {
        guarded.addAll(addresses);
        write(current -> current.guard(addresses, guarded.size()));
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void remove(Collection<IpAddress> addresses) {
      lock.lock();
      try {
        guarded.removeAll(addresses);
        write(current -> current.unguard(addresses));
      } finally {
        lock.unlock();
      }
    }

    private void write(Consumer<Programming> change) {
      Programming current = programming;
      if (current == null || !complete || closed) {
        return;
      }
      try {
        change.accept(current);
      } catch (BpfException e) {
        LOG.log(System.Logger.Level.WARNING, "cannot guard addresses", e);
        complete = false;
        background.execute(BpfProxier.this::retry);
      }
    }

    @Override
    public void close() {}
  }
}
