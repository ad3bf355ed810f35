// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.AvoidList;
import dev.fairway.proxy.FastRandom;
import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceName;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What all frontends of one proxier share. Thread-safe. */
final class ProxyContext {
  /** How many flows more than another a loop carries before it gives new ones away. */
  private static final int UNEVEN = 1;

  private final UserspaceOptions options;
  private final Transport transport;
  private final EventLoopGroup group;
  private final List<EventLoop> loops;
  private final List<RelayLoop> relays;
  private final ProxyEvents events;
  private volatile @Nullable Steering steering;
  private final ProxyMetrics metrics;
  private final AvoidList avoid;
  private final Descriptors descriptors = Descriptors.ofProcess();
  private final LongSupplier nanoClock;
  private final Set<IpAddress> nodeAddresses;
  private final TcpFlows tcpFlows;
  private final ConcurrentHashMap<ServiceName, ServiceLoad> loads = new ConcurrentHashMap<>();
  private final FastThreadLocal<FastRandom> random;
  private final FastThreadLocal<UdpFlowTable> udpFlows;

  ProxyContext(
      UserspaceOptions options,
      Transport transport,
      EventLoopGroup group,
      ProxyEvents events,
      ProxyMetrics metrics,
      LongSupplier nanoClock,
      long seed) {
    this.options = options;
    this.transport = transport;
    this.group = group;
    this.events = events;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
    avoid = new AvoidList(nanoClock, options.avoidFailed().toNanos());
    nodeAddresses = new HashSet<>(options.nodeAddresses());
    tcpFlows = new TcpFlows(options.limits().tcpFlows(), metrics);
    List<EventLoop> all = new ArrayList<>();
    for (int i = 0; i < options.eventLoops(); i++) {
      all.add(group.next());
    }
    loops = List.copyOf(all);
    relays = loops.stream().map(loop -> new RelayLoop((IoEventLoop) loop, this)).toList();
    AtomicLong seeds = new AtomicLong(seed);
    random =
        new FastThreadLocal<>() {
          @Override
          protected FastRandom initialValue() {
            return new FastRandom(seeds.getAndAdd(0x5851_f42d_4c95_7f2dL));
          }
        };
    udpFlows =
        new FastThreadLocal<>() {
          @Override
          protected UdpFlowTable initialValue() {
            return new UdpFlowTable(
                options.limits(), Math.max(1, options.limits().udpFlows() / loops.size()), metrics);
          }
        };
  }

  /** The load of a Service, shared by all its addresses. */
  ServiceLoad loadOf(ServiceName service) {
    return loads.computeIfAbsent(service, name -> new ServiceLoad(name, options.limits()));
  }

  /** The Service is gone; connections that are still open are not counted any more. */
  void forgetLoad(ServiceName service) {
    loads.remove(service);
  }

  /** The UDP flows of the current event loop. */
  UdpFlowTable udpFlows() {
    return udpFlows.get();
  }

  UserspaceOptions options() {
    return options;
  }

  /** Whether addresses are shared with a predecessor and with a successor. */
  boolean isShared() {
    return !options.handOver().isZero();
  }

  Transport transport() {
    return transport;
  }

  EventLoopGroup group() {
    return group;
  }

  List<EventLoop> loops() {
    return loops;
  }

  /** Always the same loop for the same frontend, so that its changes happen in order. */
  EventLoop loopOf(Frontend frontend) {
    return loops.get(indexOf(frontend));
  }

  private int indexOf(Frontend frontend) {
    return Math.floorMod((frontend.hashCode() * 0x9e37_79b9) >>> 7, loops.size());
  }

  /** From now on clients are brought by the kernel; before anything is served. */
  Steering steer() throws IOException {
    Steering opened = Steering.open(this);
    steering = opened;
    return opened;
  }

  /** How clients are brought here; null while each address has its own sockets. */
  @Nullable Steering steering() {
    return steering;
  }

  /** The TCP flows of each loop. */
  List<RelayLoop> relays() {
    return relays;
  }

  /** The TCP flows of the loop of a frontend. */
  RelayLoop relayOf(Frontend frontend) {
    return relays.get(indexOf(frontend));
  }

  /**
   * Who is to carry a flow that a loop accepted: the loop itself unless it has far more than
   * another.
   */
  RelayLoop relayFor(RelayLoop acceptor) {
    RelayLoop lightest = acceptor;
    int least = acceptor.load();
    int most = least;
    for (int i = 0; i < relays.size(); i++) {
      int load = relays.get(i).load();
      if (load < least) {
        least = load;
        lightest = relays.get(i);
      }
    }
    return most - least > UNEVEN ? lightest : acceptor;
  }

  ProxyEvents events() {
    return events;
  }

  ProxyMetrics metrics() {
    return metrics;
  }

  AvoidList avoid() {
    return avoid;
  }

  /**
   * Whether few descriptors are left.
   *
   * @param newest the one that was opened last
   */
  boolean areDescriptorsScarce(int newest) {
    return descriptors.areScarce(newest, metrics.tcpActive.intValue());
  }

  TcpFlows tcpFlows() {
    return tcpFlows;
  }

  /** The generator of the current event loop. */
  FastRandom random() {
    return random.get();
  }

  long nanoTime() {
    return nanoClock.getAsLong();
  }

  Set<IpAddress> nodeAddresses() {
    return nodeAddresses;
  }

  /**
   * Whether an endpoint is to see the client's own address: promised by a Local policy, and
   * possible where the endpoint's answers pass through this machine. A pod does not answer itself
   * through the machine, and the machine does not answer itself through a pod.
   */
  boolean keepsClient(IpAddress client, IpAddress endpoint, boolean externalLocal) {
    return externalLocal
        && options.keepClientAddress()
        && transport == Transport.EPOLL
        && !client.equals(endpoint)
        && !nodeAddresses.contains(endpoint);
  }

  /** Whether a client is a pod of the cluster or the node itself. */
  boolean isInCluster(IpAddress client) {
    if (nodeAddresses.contains(client)) {
      return true;
    }
    List<IpPrefix> cidrs = options.clusterCidrs();
    for (int i = 0; i < cidrs.size(); i++) {
      if (cidrs.get(i).contains(client)) {
        return true;
      }
    }
    return false;
  }
}
