// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One control loop: keys from a {@link WorkQueue} into a {@link Reconciler}, on virtual threads of
 * its own. What fails is retried with backoff and never stops other keys. Thread-safe.
 */
public final class Controller implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Controller.class.getName());

  private final String name;
  private final WorkQueue<ObjectKey> queue;
  private final Reconciler reconciler;
  private final int workers;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong errors = new AtomicLong();

  /**
   * A loop that is not running yet.
   *
   * @param workers how many keys may be worked on at the same time
   */
  public Controller(String name, WorkQueue<ObjectKey> queue, Reconciler reconciler, int workers) {
    this.name = name;
    this.queue = queue;
    this.reconciler = reconciler;
    this.workers = workers;
  }

  /** Starts the workers. */
  public void start() {
    for (int i = 0; i < workers; i++) {
      threads.add(Thread.ofVirtual().name(name + "-" + i).start(this::run));
    }
  }

  /** Works on one key that is due, if there is one; for stepping by hand. */
  public boolean step() throws InterruptedException {
    ObjectKey key = queue.poll();
    if (key == null) {
      return false;
    }
    work(key);
    return true;
  }

  /** How many reconciliations failed since the start. */
  public long errors() {
    return errors.get();
  }

  @Override
  public void close() {
    queue.close();
    for (Thread thread : threads) {
      thread.interrupt();
    }
  }

  private void run() {
    try {
      for (ObjectKey key = queue.take(); key != null; key = queue.take()) {
        work(key);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void work(ObjectKey key) throws InterruptedException {
    try {
      Reconciler.Result result = reconciler.reconcile(key);
      queue.succeeded(key);
      if (result.requeueAfter() != null) {
        queue.addAfter(key, result.requeueAfter());
      }
    } catch (KubeApiException e) {
      // A conflict only says that our copy was old; the next try sees the new one.
      failed(key, e, e.code() == 409 ? Level.DEBUG : Level.WARNING);
    } catch (IOException | RuntimeException e) {
      failed(key, e, Level.WARNING);
    } finally {
      queue.done(key);
    }
  }

  private void failed(ObjectKey key, Exception e, Level level) {
    errors.incrementAndGet();
    boolean first = queue.failures(key) == 0;
    queue.retry(key);
    Level effective = first ? level : Level.DEBUG;
    if (e instanceof RuntimeException) {
      LOG.log(effective, name + " failed and will retry, key=" + key, e);
    } else {
      LOG.log(effective, "{0} failed and will retry, key={1}: {2}", name, key, e.getMessage());
    }
  }
}
