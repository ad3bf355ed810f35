// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;

/** What was started, to be closed in the opposite order; one that fails stops no other. */
final class Parts implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Parts.class.getName());
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private boolean closed;

  /** Keeps a part; closes it at once if everything is closed already. */
  <T extends AutoCloseable> T add(T part) {
    synchronized (started) {
      if (!closed) {
        started.push(part);
        return part;
      }
    }
    close(part);
    return part;
  }

  @Override
  public void close() {
    while (true) {
      AutoCloseable part;
      synchronized (started) {
        closed = true;
        if (started.isEmpty()) {
          return;
        }
        part = started.pop();
      }
      close(part);
    }
  }

  private static void close(AutoCloseable part) {
    long start = System.nanoTime();
    try {
      part.close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.log(Level.WARNING, "did not close cleanly part=" + part.getClass().getSimpleName(), e);
    }
    if (LOG.isLoggable(Level.DEBUG)) {
      long millis = (System.nanoTime() - start) / 1_000_000;
      LOG.log(Level.DEBUG, "closed part=" + part.getClass().getSimpleName() + " ms=" + millis);
    }
  }
}
