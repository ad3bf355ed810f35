// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a proxier to the network namespaces of its own node: our own and those of the pods that can
 * be seen from here. Nodes that share a kernel (containers, tests) share cgroups too, but hardly
 * processes. While no pod is to be seen, as in a container without the host's processes, nothing is
 * known and all are served.
 */
public final class NamespaceWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NamespaceWatch.class.getName());

  private final BpfProxier proxier;
  private final Duration period;
  private final PodProcesses processes = new PodProcesses(NetworkNamespaces::isInPod);
  private final Map<Object, Long> cookies = new HashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Keeps the file of our namespace, which else would be another at each look. */
  private final int own = LibBpf.openFile(NetworkNamespaces.OWN.toString());

  /** What the programs were told. */
  private Set<Long> served = Set.of();

  private NamespaceWatch(BpfProxier proxier, Duration period) {
    this.proxier = proxier;
    this.period = period;
  }

  /** Looks now, and then again and again on a thread of its own. */
  public static NamespaceWatch start(BpfProxier proxier, Duration period) {
    NamespaceWatch watch = new NamespaceWatch(proxier, period);
    try {
      watch.look();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    Thread.ofPlatform().daemon().name("bpf-namespaces").start(watch::run);
    return watch;
  }

  private void run() {
    try {
      while (!closed.await(period.toNanos(), TimeUnit.NANOSECONDS)) {
        look();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (BpfException e) {
      LOG.log(System.Logger.Level.WARNING, "network namespaces are not followed any more", e);
    } finally {
      if (own >= 0) {
        LibBpf.closeFile(own);
      }
    }
  }

  private void look() throws InterruptedException {
    Map<Object, Path> present = NetworkNamespaces.ofPods(processes);
    cookies.keySet().retainAll(present.keySet());
    for (Map.Entry<Object, Path> namespace : present.entrySet()) {
      if (!cookies.containsKey(namespace.getKey())) {
        NetworkNamespaces.cookie(namespace.getValue())
            .ifPresent(cookie -> cookies.put(namespace.getKey(), cookie));
      }
    }
    Set<Long> all = new HashSet<>(cookies.values());
    Set<Long> others = all.size() > 1 ? all : Set.of();
    if (!others.equals(served)) {
      proxier.serveOnly(others);
      served = others;
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
