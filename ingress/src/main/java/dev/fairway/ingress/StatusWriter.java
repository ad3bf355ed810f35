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
 * from Ingresses that were ours. One virtual thread; a failed write is tried again after a second.
 */
final class StatusWriter implements AutoCloseable {
  private static final Logger LOG = System.getLogger(StatusWriter.class.getName());
  private static final long RETRY_MILLIS = 1000;

  private final KubeClient client;
  private final List<LoadBalancerIngress> ours;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Map<ObjectKey, Boolean> pending = new LinkedHashMap<>();
  private final Set<ObjectKey> written = new HashSet<>();
  private final Thread writer;
  private boolean closed;

  StatusWriter(KubeClient client, List<String> addresses) {
    this.client = client;
    List<LoadBalancerIngress> list = new ArrayList<>();
    for (String address : addresses.stream().sorted().distinct().toList()) {
      boolean ip = IpAddress.tryParse(address) != null;
      list.add(new LoadBalancerIngress(ip ? address : "", ip ? "" : address, ""));
    }
    ours = List.copyOf(list);
    writer = Thread.ofVirtual().name("ingress-status").start(this::writeLoop);
  }

  /** Takes over the desired state: the accepted Ingresses bear our addresses, others do not. */
  void update(Collection<Ingress> ingresses, Set<ObjectKey> accepted) {
    lock.lock();
    try {
      pending.clear();
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
            pending.putIfAbsent(next.getKey(), next.getValue());
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
      while (pending.isEmpty() && !closed) {
        work.await();
      }
      if (closed) {
        return null;
      }
      Map.Entry<ObjectKey, Boolean> first = Map.Entry.copyOf(pending.entrySet().iterator().next());
      pending.remove(first.getKey());
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
      for (LoadBalancerIngress address : ours) {
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
