// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service.LoadBalancerIngress;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes our addresses into the status of our Ingresses, where they differ, and takes them away
 * from Ingresses that were ours. Of several replicas only the one that leads writes. One virtual
 * thread; a failed write is tried again after a second.
 */
final class StatusWriter implements AutoCloseable {
  private static final Logger LOG = System.getLogger(StatusWriter.class.getName());
  private static final long RETRY_MILLIS = 1000;

  private final KubeClient client;
  private List<LoadBalancerIngress> ours;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition idle = lock.newCondition();
  private final Map<ObjectKey, Boolean> pending = new LinkedHashMap<>();
  private final Set<ObjectKey> written = new HashSet<>();
  private final Thread writer;
  private Collection<Ingress> ingresses = List.of();
  private Set<ObjectKey> accepted = Set.of();
  private boolean leading = true;
  private boolean clearing;
  private boolean busy;
  private List<LoadBalancerIngress> writing = List.of();
  private boolean closed;

  StatusWriter(KubeClient client, List<String> addresses) {
    this.client = client;
    ours = sorted(addresses);
    writer = Thread.ofVirtual().name("ingress-status").start(this::writeLoop);
  }

  private static List<LoadBalancerIngress> sorted(List<String> addresses) {
    List<LoadBalancerIngress> list = new ArrayList<>();
    for (String address : addresses.stream().sorted().distinct().toList()) {
      boolean ip = IpAddress.tryParse(address) != null;
      list.add(new LoadBalancerIngress(ip ? address : "", ip ? "" : address, ""));
    }
    return List.copyOf(list);
  }

  /** Takes over the desired state: the accepted Ingresses bear our addresses, others do not. */
  void update(Collection<Ingress> all, Set<ObjectKey> ourIngresses) {
    change(() -> {
      ingresses = all;
      accepted = ourIngresses;
    });
  }

  /** Where the Ingresses are served from now on; with none nothing is written. */
  void addresses(List<String> addresses) {
    change(() -> ours = sorted(addresses));
  }

  /** Whether this replica writes; what another one wrote meanwhile is known from the Ingresses. */
  void leading(boolean leads) {
    change(() -> leading = leads);
  }

  /** Takes our addresses away from all Ingresses, for so long at most. */
  void clear(Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      if (!leading || ours.isEmpty()) {
        return;
      }
      clearing = true;
      pending.clear();
      for (ObjectKey key : accepted) {
        pending.put(key, false);
      }
      work.signal();
      long left = atMost.toNanos();
      while (left > 0 && !closed && (busy || !pending.isEmpty())) {
        left = idle.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      if (clearing) {
        return;
      }
      pending.clear();
      if (ours.isEmpty()) {
        return;
      }
      for (Ingress ingress : ingresses) {
        ObjectKey key = ingress.key();
        boolean bears = addresses(ingress).equals(ours);
        if (accepted.contains(key)) {
          written.add(key);
          if (!bears) {
            pending.put(key, true);
          }
        } else if (written.contains(key) && bears) {
          pending.put(key, false);
        } else {
          written.remove(key);
        }
      }
      if (!leading) {
        pending.clear();
      }
      if (!pending.isEmpty()) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    writer.interrupt();
  }

  private static List<LoadBalancerIngress> addresses(Ingress ingress) {
    Ingress.Status status = ingress.status();
    if (status == null || status.loadBalancer() == null) {
      return List.of();
    }
    return status.loadBalancer().ingress().stream()
        .map(entry -> new LoadBalancerIngress(entry.ip(), entry.hostname(), ""))
        .toList();
  }

  private void writeLoop() {
    try {
      while (true) {
        Map.Entry<ObjectKey, Boolean> next = next();
        if (next == null) {
          return;
        }
        if (!write(next.getKey(), next.getValue())) {
          TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
          lock.lock();
          try {
            if (leading) {
              pending.putIfAbsent(next.getKey(), next.getValue());
            }
          } finally {
            lock.unlock();
          }
        }
      }
    } catch (InterruptedException stopped) {
      LOG.log(Level.DEBUG, "status writer stopped");
    }
  }

  private Map.@org.jspecify.annotations.Nullable Entry<ObjectKey, Boolean> next()
      throws InterruptedException {
    lock.lock();
    try {
      busy = false;
      while (pending.isEmpty() && !closed) {
        idle.signalAll();
        work.await();
      }
      if (closed) {
        return null;
      }
      Map.Entry<ObjectKey, Boolean> first = Map.Entry.copyOf(pending.entrySet().iterator().next());
      pending.remove(first.getKey());
      busy = true;
      writing = ours;
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the status is written, or never will have to be. */
  private boolean write(ObjectKey key, boolean bears) throws InterruptedException {
    ObjectNode body = KubeCodec.json().createObjectNode();
    ArrayNode list = body.putObject("status").putObject("loadBalancer").putArray("ingress");
    if (bears) {
      for (LoadBalancerIngress address : writing) {
        ObjectNode entry = list.addObject();
        entry.put(
            address.ip().isEmpty() ? "hostname" : "ip",
            address.ip().isEmpty() ? address.hostname() : address.ip());
      }
    }
    try {
      client.patch(
          Resource.INGRESSES, key.namespace(), key.name(), "status", PatchType.MERGE, body);
      return true;
    } catch (KubeApiException refused) {
      if (!refused.isNotFound()) {
        LOG.log(Level.WARNING, "status of an Ingress was not written ingress=" + key, refused);
      }
      return refused.isNotFound() || refused.code() == 422 || refused.code() == 403;
    } catch (IOException unreachable) {
      LOG.log(Level.DEBUG, "status of an Ingress was not written, trying again", unreachable);
      return false;
    }
  }
}
