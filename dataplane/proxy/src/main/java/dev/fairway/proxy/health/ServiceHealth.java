// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.health.Answer.Request;
import dev.fairway.proxy.health.HttpListening.Listener;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The servers at the {@code healthCheckNodePort} of services, in one address family: they tell a
 * load balancer whether this node has ready endpoints. Thread-safe.
 */
final class ServiceHealth implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ServiceHealth.class.getName());

  private final HttpListening listening;
  private final Supplier<? extends Collection<IpAddress>> addresses;
  private final BooleanSupplier proxyHealthy;
  private final ProxyEvents events;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ServiceName, Instance> instances = new HashMap<>();

  /**
   * No servers yet.
   *
   * @param addresses where to listen, asked at each sync
   */
  ServiceHealth(
      HttpListening listening,
      Supplier<? extends Collection<IpAddress>> addresses,
      BooleanSupplier proxyHealthy,
      ProxyEvents events) {
    this.listening = listening;
    this.addresses = addresses;
    this.proxyHealthy = proxyHealthy;
    this.events = events;
  }

  /**
   * The services that have a health port from now on. A new one, or one whose port changed, starts
   * with no endpoints; addresses that could not be bound before are tried again.
   */
  void syncServices(Map<ServiceName, Integer> ports) {
    lock.lock();
    try {
      for (ServiceName name : List.copyOf(instances.keySet())) {
        Instance instance = instances.get(name);
        Integer port = ports.get(name);
        if (instance != null && (port == null || port != instance.port)) {
          instances.remove(name);
          instance.close();
        }
      }
      Set<IpAddress> wanted = new HashSet<>(addresses.get());
      ports.forEach((name, port) ->
          instances.computeIfAbsent(name, _ -> new Instance(name, port)).listen(wanted));
    } finally {
      lock.unlock();
    }
  }

  /** The ready local endpoints of services; those that are absent have none. */
  void syncEndpoints(Map<ServiceName, Integer> counts) {
    lock.lock();
    try {
      instances.forEach((name, instance) -> instance.count = counts.getOrDefault(name, 0));
    } finally {
      lock.unlock();
    }
  }

  /** Closes all servers. */
  @Override
  public void close() {
    syncServices(Map.of());
  }

  /** The server of one service. */
  private final class Instance implements Answer.Responder {
    final ServiceName service;
    final int port;
    final Map<IpAddress, Listener> listeners = new HashMap<>();
    final Set<IpAddress> reported = new HashSet<>();
    volatile int count;

    Instance(ServiceName service, int port) {
      this.service = service;
      this.port = port;
    }

    void listen(Set<IpAddress> wanted) {
      for (IpAddress address : List.copyOf(listeners.keySet())) {
        if (!wanted.contains(address)) {
          Listener old = listeners.remove(address);
          if (old != null) {
            old.close();
          }
        }
      }
      for (IpAddress address : wanted) {
        if (!listeners.containsKey(address)) {
          open(address);
        }
      }
    }

    private void open(IpAddress address) {
      try {
        listeners.put(address, listening.open(socketAddress(address, port), this));
        reported.remove(address);
      } catch (IOException e) {
        if (reported.add(address)) {
          String message =
              "node healthcheck server failed to start on "
                  + address
                  + " port "
                  + port
                  + ": "
                  + e.getMessage();
          LOG.log(System.Logger.Level.WARNING, "{0} service={1}", message, service);
          events.warning(service, ProxyEvents.HEALTH_CHECK_FAILED, message);
        }
      }
    }

    @Override
    public Answer answer(Request request) {
      int ready = count;
      boolean healthy = proxyHealthy.getAsBoolean();
      String body =
          """
          {
          \t"service": {
          \t\t"namespace": "%s",
          \t\t"name": "%s"
          \t},
          \t"localEndpoints": %d,
          \t"serviceProxyHealthy": %b
          }\
          """
              .formatted(service.namespace(), service.name(), ready, healthy);
      return new Answer(
          ready > 0 && healthy ? 200 : 503,
          "application/json",
          Map.of(
              "X-Content-Type-Options",
              "nosniff",
              "X-Load-Balancing-Endpoint-Weight",
              Integer.toString(ready)),
          body);
    }

    void close() {
      listeners.values().forEach(Listener::close);
      listeners.clear();
    }
  }

  private static InetSocketAddress socketAddress(IpAddress address, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address.toBytes()), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes: " + address, e);
    }
  }
}
