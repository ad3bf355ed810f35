// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.controller.loadbalancer.AddressPool;
import dev.fairway.controller.loadbalancer.LoadBalancerController;
import dev.fairway.controller.runtime.Controller;
import dev.fairway.controller.runtime.EventWriter;
import dev.fairway.controller.runtime.RetryBackoff;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.KubeClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The controller that gives Services their addresses, from the moment this node leads until it does
 * not any more. Thread-safe.
 */
final class AddressAssignment implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofHours(1);

  private final SharedInformers informers;
  private final EventWriter events;
  private final Controller controller;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  /** Starts; works as soon as it knows all Services. */
  AddressAssignment(KubeClient client, AddressPool pool) {
    informers = new SharedInformers(client, System::nanoTime);
    events = new EventWriter(client, InstantSource.system());
    WorkQueue<ObjectKey> queue = new WorkQueue<>(System::nanoTime, RetryBackoff.DEFAULT);
    controller =
        new Controller(
            "load-balancer",
            queue,
            new LoadBalancerController(
                informers, queue, events.recorder("fairway-load-balancer"), pool, false),
            1);
    events.start();
    informers.start();
    Thread.ofVirtual().name("load-balancer-start").start(this::startWhenSynced);
  }

  private void startWhenSynced() {
    try {
      boolean synced = informers.awaitSynced(PATIENCE);
      lock.lock();
      try {
        if (synced && !closed) {
          controller.start();
        }
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      controller.close();
    } finally {
      lock.unlock();
    }
    informers.close();
    events.close();
  }
}
