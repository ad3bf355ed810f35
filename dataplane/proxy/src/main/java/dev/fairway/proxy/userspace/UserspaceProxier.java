// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.AffinityTable;
import dev.fairway.proxy.AppliedRevision;
import dev.fairway.proxy.Balancer;
import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.NodePortAddresses;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.ProxyProtocol;
import dev.fairway.proxy.SyncResult;
import dev.fairway.proxy.userspace.FrontendTable.Claim;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServicePortName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves services from ordinary sockets. Connections that are open survive every change of their
 * service, also its removal, as they do with kube-proxy. Thread-safe.
 */
public final class UserspaceProxier implements Proxier {
  private static final System.Logger LOG = System.getLogger(UserspaceProxier.class.getName());

  private final UserspaceOptions options;
  private final LongSupplier nanoClock;
  private final EventLoopGroup group;
  private final ProxyContext context;
  private final NodePortAddresses nodePortAddresses;
  private final Supplier<? extends Collection<IpAddress>> machineAddresses;

  private final ReentrantLock lock = new ReentrantLock();
  private final AppliedRevision applied = new AppliedRevision();
  private final Condition handedOver = lock.newCondition();
  private final Map<ServicePortName, PortState> ports = new HashMap<>();
  private final Map<ServiceName, ServiceInfo> programmed = new HashMap<>();
  private final FrontendTable frontends;
  private final NoLocalEndpoints noLocal;
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();
  private Set<IpAddress> nodePortIps;
  private NodeTopology node;
  private boolean closed;

  /** A proxier that serves nothing until its first sync. */
  public UserspaceProxier(UserspaceOptions options, ProxyEvents events, ProxyMetrics metrics) {
    this(options, events, metrics, System::nanoTime, NodePortAddresses::ofMachine);
  }

  /**
   * As the other, with everything that a test wants to hold in its hand.
   *
   * @param nanoClock for affinity and idle times; its value at the start seeds the choice of
   *     endpoints
   * @param machineAddresses the addresses of all interfaces, now
   */
  public UserspaceProxier(
      UserspaceOptions options,
      ProxyEvents events,
      ProxyMetrics metrics,
      LongSupplier nanoClock,
      Supplier<? extends Collection<IpAddress>> machineAddresses) {
    this(options, events, metrics, nanoClock, machineAddresses, Transport.available());
  }

  UserspaceProxier(
      UserspaceOptions options,
      ProxyEvents events,
      ProxyMetrics metrics,
      LongSupplier nanoClock,
      Supplier<? extends Collection<IpAddress>> machineAddresses,
      Transport transport) {
    this.options = options;
    this.node = options.node();
    this.nanoClock = nanoClock;
    this.machineAddresses = machineAddresses;
    group =
        new MultiThreadIoEventLoopGroup(
            options.eventLoops(), new DefaultThreadFactory("proxy", true), transport.ioHandlers());
    context =
        new ProxyContext(
            options, transport, group, events, metrics, nanoClock, nanoClock.getAsLong());
    frontends = new FrontendTable(context);
    noLocal = new NoLocalEndpoints(metrics);
    nodePortAddresses = NodePortAddresses.parse(options.nodePortAddresses());
    nodePortIps = nodePortAddresses.resolve(options.nodeAddresses(), machineAddresses.get());
    LOG.log(
        System.Logger.Level.INFO,
        "userspace proxier node={0} transport={1} loops={2}",
        options.node().nodeName(),
        transport,
        options.eventLoops());
  }

  /**
   * Serves addresses without binding them: a BPF program is to bring their clients to these
   * sockets. To be called once, before the first sync.
   *
   * @throws IOException if the sockets cannot be opened, or there is no epoll
   */
  public SteeringSockets steer() throws IOException {
    if (context.transport() != Transport.EPOLL) {
      throw new IOException("steering needs epoll");
    }
    return context.steer().sockets();
  }

  @Override
  public String name() {
    return "userspace";
  }

  /** The counters. */
  public ProxyMetrics metrics() {
    return context.metrics();
  }

  @Override
  public SyncResult sync(SnapshotDelta delta) {
    long start = nanoClock.getAsLong();
    lock.lock();
    try {
      snapshot = delta.after();
      int portCount = 0;
      if (!closed) {
        for (ServiceName name : delta.changed()) {
          portCount += program(name, snapshot.service(name));
        }
        markApplied(snapshot.revision());
      }
      SyncResult result =
          new SyncResult(
              snapshot.revision(),
              delta.changed().size(),
              portCount,
              frontends.takeAdded(),
              frontends.takeRemoved(),
              nanoClock.getAsLong() - start);
      record(delta, result.nanos() / 1e9);
      return result;
    } finally {
      lock.unlock();
    }
  }

  private void record(SnapshotDelta delta, double seconds) {
    ProxyMetrics metrics = context.metrics();
    metrics.syncSeconds.observe(seconds);
    (delta.before().revision() == 0 ? metrics.fullSyncSeconds : metrics.partialSyncSeconds)
        .observe(seconds);
    for (ServiceName name : delta.changed()) {
      ServiceInfo before = delta.before().service(name);
      ServiceInfo after = delta.after().service(name);
      if (before == null || after == null || !before.settings().equals(after.settings())) {
        metrics.serviceChanges.increment();
      }
      if (!slicesOf(before).equals(slicesOf(after))) {
        metrics.endpointChanges.increment();
      }
    }
  }

  private static List<SliceEndpoints> slicesOf(@Nullable ServiceInfo service) {
    return service == null ? List.of() : service.slices();
  }

  /**
   * Looks at the machine's addresses again; node ports follow if they changed. To be called now and
   * then, as addresses come and go without anybody saying so.
   */
  public void refreshAddresses() {
    Set<IpAddress> now = nodePortAddresses.resolve(options.nodeAddresses(), machineAddresses.get());
    lock.lock();
    try {
      if (closed || now.equals(nodePortIps)) {
        return;
      }
      nodePortIps = now;
      for (ServiceInfo service : snapshot.services()) {
        program(service.name(), service);
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
      for (ServiceInfo service : snapshot.services()) {
        program(service.name(), service);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The addresses that answer node ports now. */
  public Set<IpAddress> nodePortIps() {
    lock.lock();
    try {
      return Set.copyOf(nodePortIps);
    } finally {
      lock.unlock();
    }
  }

  /** Programs one service, null if it is gone; returns how many ports it has. */
  private int program(ServiceName name, @Nullable ServiceInfo service) {
    Map<Frontend, Claim> wanted = new LinkedHashMap<>();
    Set<ServicePortName> present = new HashSet<>();
    if (service != null && service.isProxied()) {
      checkAnnotations(service);
      for (ServicePort port : service.ports()) {
        if (port.name().protocol() == Protocol.SCTP) {
          context
              .events()
              .warning(
                  name,
                  ProxyEvents.UNSUPPORTED_PROTOCOL,
                  "port "
                      + port.port()
                      + "/SCTP is not served: userspace mode has TCP and UDP only");
        } else {
          PortState state = stateOf(service, port);
          present.add(port.name());
          noLocal.update(state);
          addClaims(service, port, state, wanted);
        }
      }
    }
    frontends.update(name, List.copyOf(wanted.values()));
    ServiceInfo before = programmed.get(name);
    if (before != null) {
      for (ServicePort port : before.ports()) {
        if (!present.contains(port.name())) {
          ports.remove(port.name());
          noLocal.remove(port.name());
        }
      }
    }
    if (present.isEmpty() || service == null) {
      programmed.remove(name);
      context.forgetLoad(name);
    } else {
      programmed.put(name, service);
    }
    return present.size();
  }

  private void checkAnnotations(ServiceInfo service) {
    if (!service.annotations().isEmpty()) {
      checkAnnotation(service, Balancer.ANNOTATION, Balancer.of(service).toString());
      checkAnnotation(service, ProxyProtocol.ANNOTATION, ProxyProtocol.of(service).toString());
    }
  }

  private void checkAnnotation(ServiceInfo service, String annotation, String effective) {
    String wanted = service.annotations().get(annotation);
    if (wanted != null && !wanted.equals(effective)) {
      context
          .events()
          .warning(
              service.name(),
              ProxyEvents.INVALID_ANNOTATION,
              annotation + " has the unknown value \"" + wanted + "\"; taken as " + effective);
    }
  }

  private PortState stateOf(ServiceInfo service, ServicePort port) {
    PortState state = ports.get(port.name());
    if (state != null) {
      state.update(service, port, node);
      return state;
    }
    PortState created =
        new PortState(
            service,
            port,
            node,
            new AffinityTable(nanoClock, options.limits().affinityRecords()),
            context.avoid(),
            context.metrics());
    ports.put(port.name(), created);
    return created;
  }

  private void addClaims(
      ServiceInfo service, ServicePort port, PortState state, Map<Frontend, Claim> claims) {
    if (options.serveVips()) {
      addVips(service, FrontendKind.CLUSTER_IP, port, state, claims);
      addVips(service, FrontendKind.LOAD_BALANCER_IP, port, state, claims);
      addVips(service, FrontendKind.EXTERNAL_IP, port, state, claims);
    }
    if (options.serveNodePorts() && port.nodePort() != 0) {
      for (IpAddress address : nodePortIps) {
        if (hasFamily(service, address)) {
          Frontend frontend = new Frontend(address, port.nodePort(), port.name().protocol());
          claims.putIfAbsent(frontend, new Claim(frontend, FrontendKind.NODE_PORT, state));
        }
      }
    }
  }

  private static void addVips(
      ServiceInfo service,
      FrontendKind kind,
      ServicePort port,
      PortState state,
      Map<Frontend, Claim> claims) {
    List<IpAddress> addresses =
        switch (kind) {
          case CLUSTER_IP -> service.clusterIps();
          case LOAD_BALANCER_IP -> service.loadBalancerIps();
          case EXTERNAL_IP -> service.externalIps();
          case NODE_PORT -> List.of();
        };
    for (IpAddress address : addresses) {
      if (hasFamily(service, address)) {
        Frontend frontend = new Frontend(address, port.port(), port.name().protocol());
        claims.putIfAbsent(frontend, new Claim(frontend, kind, state));
      }
    }
  }

  /** A service exists only in the families of its ClusterIPs. */
  private static boolean hasFamily(ServiceInfo service, IpAddress address) {
    for (IpAddress clusterIp : service.clusterIps()) {
      if (clusterIp.isV4() == address.isV4()) {
        return true;
      }
    }
    return false;
  }

  /**
   * The changes of this sync were handed to the event loops before; each runs them in order, and a
   * bind takes one more turn of its loop. So two turns of every loop later all is done.
   */
  private void markApplied(long revision) {
    AtomicInteger left = new AtomicInteger(context.loops().size());
    Runnable done =
        () -> {
          if (left.decrementAndGet() == 0) {
            applied.set(revision);
          }
        };
    for (EventLoop loop : context.loops()) {
      if (context.transport() == Transport.NIO) {
        // A listening socket stays open until its loop selects again, which tasks do not wait for.
        loop.execute(() -> loop.schedule(done, 1, TimeUnit.MILLISECONDS));
      } else {
        loop.execute(() -> loop.execute(done));
      }
    }
  }

  @Override
  public boolean awaitApplied(long revision, Duration timeout) throws InterruptedException {
    return applied.await(revision, timeout);
  }

  @Override
  public void close(Duration drain) {
    boolean interrupted = awaitHandOver();
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      for (ServiceName service : frontends.services()) {
        frontends.update(service, List.of());
      }
      Steering steering = context.steering();
      if (steering != null) {
        steering.close();
      }
    } finally {
      applied.end();
      lock.unlock();
    }
    try {
      if (interrupted || !context.tcpFlows().awaitEmpty(drain.toNanos())) {
        context.tcpFlows().closeAll();
      }
      group.shutdownGracefully(0, 2, TimeUnit.SECONDS).await();
    } catch (InterruptedException _) {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A successor gets all new connections from the moment it listens. Those that chose this process
   * before are still to be accepted here, so go on for a while.
   *
   * @return whether the wait was interrupted
   */
  private boolean awaitHandOver() {
    lock.lock();
    try {
      long left = options.handOver().toNanos();
      while (left > 0 && !closed) {
        left = handedOver.awaitNanos(left);
      }
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    } finally {
      lock.unlock();
    }
  }
}
