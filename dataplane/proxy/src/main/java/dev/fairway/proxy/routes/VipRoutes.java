// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import dev.fairway.proxy.AddressGuard;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.routes.RouteTable.Route;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One local route for each address of a Service that is no address of this machine yet, and for no
 * others: an address that no Service has stays unreachable. Routes outlive the process, so that a
 * restart has no gap; the next process adopts them. Thread-safe.
 */
public final class VipRoutes implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(VipRoutes.class.getName());

  /** How long connections to a ClusterIP that is gone can go on. */
  private static final Duration LINGER = Duration.ofMinutes(5);

  /**
   * What the routes depend on.
   *
   * @param nodeAddresses connections of this machine to a VIP come from the first of its family
   * @param reserved addresses that must stay what they are, such as the API server's
   * @param links what is directly connected, asked at each change
   */
  public record Options(
      List<IpAddress> nodeAddresses, Set<IpAddress> reserved, Supplier<List<Link>> links) {
    public Options {
      nodeAddresses = List.copyOf(nodeAddresses);
      reserved = Set.copyOf(reserved);
    }
  }

  /**
   * A subnet that an interface is in.
   *
   * @param device the interface's name
   */
  public record Link(String device, IpPrefix subnet) {}

  private final RouteTable table;
  private final Options options;
  private final KernelSwitches switches;
  private final AddressGuard guard;
  private final ProxyEvents events;
  private final LongSupplier nanoClock;
  private final ReentrantLock lock = new ReentrantLock();

  /** How many services have an address. */
  private final Map<IpAddress, Integer> wanted = new HashMap<>();

  private final Set<IpAddress> installed = new HashSet<>();

  /** Wanted, but local before or not to be touched. */
  private final Set<IpAddress> left = new HashSet<>();

  /** Not wanted any more: until when the route stays. */
  private final Map<IpAddress, Long> lingering = new HashMap<>();

  private final Set<IpAddress> unneeded = new HashSet<>();
  private boolean synced;
  private @Nullable String failure;

  VipRoutes(
      RouteTable table,
      Options options,
      KernelSwitches switches,
      AddressGuard guard,
      ProxyEvents events,
      LongSupplier nanoClock)
      throws IOException {
    this.table = table;
    this.options = options;
    this.switches = switches;
    this.guard = guard;
    this.events = events;
    this.nanoClock = nanoClock;
    installed.addAll(table.present());
    if (!installed.isEmpty()) {
      guard.add(installed);
    }
  }

  /** Why this process cannot make routes; null if it can. */
  public static @Nullable String unavailable() {
    try (RouteSocket socket = RouteSocket.open()) {
      // Removing what cannot be there takes the same privilege and changes nothing.
      socket.remove(List.of(IpAddress.parse("192.0.2.0")));
      return null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  /**
   * Opens the kernel's table and adopts what an earlier process left there.
   *
   * @throws IOException if it cannot be read
   */
  public static VipRoutes open(Options options, ProxyEvents events) throws IOException {
    return open(options, events, VipGuard.ofMachine());
  }

  /** As the other, with what guards the addresses; closes it. */
  public static VipRoutes open(Options options, ProxyEvents events, AddressGuard guard)
      throws IOException {
    RouteSocket socket = RouteSocket.open();
    try {
      return new VipRoutes(
          socket, options, KernelSwitches.ofMachine(), guard, events, System::nanoTime);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Removes the rule that guards where nothing better does, for who has something better. */
  public static void removeGuard() {
    try {
      VipGuard.remove();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Removes every route that any process of ours made.
   *
   * @return how many there were
   */
  public static int removeAll() throws IOException, InterruptedException {
    VipGuard.remove();
    try (RouteSocket socket = RouteSocket.open()) {
      Set<IpAddress> present = socket.present();
      socket.remove(present);
      return present.size();
    }
  }

  /** Makes addresses of the new snapshot local; to be called before they are served. */
  void prepare(SnapshotDelta delta) {
    lock.lock();
    try {
      List<Route> added = new ArrayList<>();
      List<Link> links = options.links().get();
      for (ServiceName name : delta.changed()) {
        ServiceInfo after = delta.after().service(name);
        if (after != null && after.isProxied()) {
          for (FrontendKind kind : FrontendKind.values()) {
            for (IpAddress address : addresses(after, kind)) {
              if (wanted.merge(address, 1, Integer::sum) == 1) {
                want(name, kind, address, links, added);
              }
            }
          }
        }
      }
      // Counted down after counting up, so that what stays is never taken away.
      for (ServiceName name : delta.changed()) {
        ServiceInfo before = delta.before().service(name);
        if (before != null && before.isProxied()) {
          for (FrontendKind kind : FrontendKind.values()) {
            for (IpAddress address : addresses(before, kind)) {
              forget(kind, address);
            }
          }
        }
      }
      install(added);
    } finally {
      lock.unlock();
    }
  }

  private static List<IpAddress> addresses(ServiceInfo service, FrontendKind kind) {
    return switch (kind) {
      case CLUSTER_IP -> service.clusterIps();
      case LOAD_BALANCER_IP -> service.loadBalancerIps();
      case EXTERNAL_IP -> service.externalIps();
      case NODE_PORT -> List.of();
    };
  }

  private void want(
      ServiceName name, FrontendKind kind, IpAddress address, List<Link> links, List<Route> added) {
    lingering.remove(address);
    unneeded.remove(address);
    if (installed.contains(address)) {
      return;
    }
    if (!isRoutable(address)) {
      left.add(address);
      return;
    }
    Link link = linkOf(address, links);
    if ((kind != FrontendKind.CLUSTER_IP && options.reserved().contains(address))
        || (link != null && kind == FrontendKind.EXTERNAL_IP && !isOwn(address))) {
      left.add(address);
      events.warning(
          name,
          ProxyEvents.BIND_FAILED,
          address
              + " is not made an address of this machine: another machine's traffic would be lost"
              + " (an externalIP of a directly connected network, or the API server's address)");
      return;
    }
    if (link != null && address.isV4()) {
      switches.silenceArp(link.device());
    }
    added.add(new Route(address, source(address)));
  }

  private boolean isOwn(IpAddress address) {
    return options.nodeAddresses().contains(address);
  }

  private static @Nullable Link linkOf(IpAddress address, List<Link> links) {
    for (Link link : links) {
      if (link.subnet().contains(address)) {
        return link;
      }
    }
    return null;
  }

  /** Addresses of 127.0.0.0/8 and ::1 are local anyway; the others no route can make so. */
  private static boolean isRoutable(IpAddress address) {
    if (address.isV4()) {
      long first = address.lowBits() >>> 24 & 0xff;
      return first != 0 && first != 127 && first < 224;
    }
    boolean loopbackOrAny = address.highBits() == 0 && address.lowBits() >>> 1 == 0;
    return !loopbackOrAny && address.highBits() >>> 56 != 0xff;
  }

  private IpAddress source(IpAddress address) {
    for (IpAddress own : options.nodeAddresses()) {
      if (own.family() == address.family()) {
        return own;
      }
    }
    return address;
  }

  private void forget(FrontendKind kind, IpAddress address) {
    Integer count = wanted.computeIfPresent(address, (_, old) -> old == 1 ? null : old - 1);
    if (count != null) {
      return;
    }
    left.remove(address);
    if (installed.contains(address)) {
      if (kind == FrontendKind.CLUSTER_IP) {
        lingering.put(address, nanoClock.getAsLong() + LINGER.toNanos());
      } else {
        // It may be another machine's from now on.
        unneeded.add(address);
      }
    }
  }

  private void install(List<Route> routes) {
    if (routes.isEmpty()) {
      return;
    }
    try {
      Set<IpAddress> local = table.add(routes);
      Set<IpAddress> fresh = HashSet.newHashSet(routes.size());
      for (Route route : routes) {
        (local.contains(route.address()) ? left : fresh).add(route.address());
      }
      installed.addAll(fresh);
      guard.add(fresh);
      failure = null;
    } catch (IOException e) {
      // Which of them are there now is asked of the kernel at the next look.
      routes.forEach(route -> left.add(route.address()));
      complain(e);
    }
  }

  /** Takes away what the snapshot does not need any more; to be called when it is served. */
  void retire() {
    lock.lock();
    try {
      if (!synced) {
        synced = true;
        for (IpAddress address : installed) {
          if (!wanted.containsKey(address)) {
            unneeded.add(address);
          }
        }
      }
      removeUnneeded();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Looks again at addresses that were those of the machine, and at routes that may go. To be
   * called now and then.
   */
  public void refresh() {
    lock.lock();
    try {
      long now = nanoClock.getAsLong();
      for (Iterator<Map.Entry<IpAddress, Long>> all = lingering.entrySet().iterator();
          all.hasNext(); ) {
        Map.Entry<IpAddress, Long> entry = all.next();
        if (now - entry.getValue() >= 0) {
          unneeded.add(entry.getKey());
          all.remove();
        }
      }
      removeUnneeded();
      if (failure != null) {
        Set<IpAddress> present = table.present();
        installed.addAll(present);
        guard.add(present);
      }
      List<Route> again = new ArrayList<>();
      List<Link> links = options.links().get();
      for (IpAddress address : left) {
        if (isRoutable(address)
            && !installed.contains(address)
            && !options.reserved().contains(address)
            && linkOf(address, links) == null) {
          again.add(new Route(address, source(address)));
        }
      }
      again.forEach(route -> left.remove(route.address()));
      install(again);
    } catch (IOException e) {
      complain(e);
    } finally {
      lock.unlock();
    }
  }

  private void removeUnneeded() {
    if (unneeded.isEmpty()) {
      return;
    }
    try {
      table.remove(unneeded);
      installed.removeAll(unneeded);
      guard.remove(unneeded);
      unneeded.clear();
    } catch (IOException e) {
      complain(e);
    }
  }

  private void complain(IOException problem) {
    String text = String.valueOf(problem.getMessage());
    if (!text.equals(failure)) {
      LOG.log(System.Logger.Level.WARNING, "addresses of Services are not all local: {0}", text);
    }
    failure = text;
  }

  /** How many routes of ours there are. */
  public int size() {
    lock.lock();
    try {
      return installed.size();
    } finally {
      lock.unlock();
    }
  }

  /** Lets the routes stay and tells the kernel no more. */
  @Override
  public void close() {
    lock.lock();
    try {
      guard.close();
      table.close();
    } finally {
      lock.unlock();
    }
  }
}
