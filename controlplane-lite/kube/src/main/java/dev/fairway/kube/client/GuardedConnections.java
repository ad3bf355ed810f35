// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Opens the responses of one reflector thread, one after the other, and gives up on one from which
 * no byte has come for too long: a half-open connection looks exactly like a quiet one.
 */
final class GuardedConnections {
  private final KubeClient client;
  private final Timers timers;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable Guarded current;
  private boolean closed;

  GuardedConnections(KubeClient client, Timers timers) {
    this.client = client;
    this.timers = timers;
  }

  /**
   * Sends a GET; the calling thread is interrupted if not even headers come for {@code idle}.
   *
   * @throws IOException also where the idle time ran out
   */
  ApiResponse open(String pathAndQuery, Duration idle)
      throws KubeApiException, IOException, InterruptedException {
    Guarded guarded = new Guarded(idle, Thread.currentThread());
    lock.lock();
    try {
      if (closed) {
        throw new IOException("closed");
      }
      current = guarded;
    } finally {
      lock.unlock();
    }
    boolean opened = false;
    try {
      guarded.arm(idle.toNanos());
      guarded.opened(client.open(pathAndQuery));
      opened = true;
      return guarded;
    } catch (InterruptedException e) {
      if (guarded.isExpired()) {
        throw new IOException("no answer for " + idle.toSeconds() + " s", e);
      }
      throw e;
    } finally {
      if (!opened) {
        guarded.close();
      }
    }
  }

  /** Changes how long the response that is open may be silent. */
  void allowIdle(Duration idle) {
    Guarded open = current;
    if (open != null) {
      open.idleNanos = idle.toNanos();
    }
  }

  /** Aborts the response that is open, and all later ones. */
  void close() {
    Guarded open;
    lock.lock();
    try {
      closed = true;
      open = current;
    } finally {
      lock.unlock();
    }
    if (open != null) {
      open.close();
    }
  }

  private final class Guarded implements ApiResponse {
    private volatile long idleNanos;
    private final Thread reader;
    private final ReentrantLock state = new ReentrantLock();
    private volatile long lastByte = timers.nanoTime();
    private volatile boolean expired;
    private boolean ended;
    private @Nullable ApiResponse response;
    private Timers.@Nullable Alarm alarm;

    Guarded(Duration idle, Thread reader) {
      this.idleNanos = idle.toNanos();
      this.reader = reader;
    }

    boolean isExpired() {
      return expired;
    }

    void arm(long nanos) {
      state.lock();
      try {
        if (!ended) {
          alarm = timers.schedule(Duration.ofNanos(nanos), this::check);
        }
      } finally {
        state.unlock();
      }
    }

    void opened(ApiResponse answer) throws IOException {
      lastByte = timers.nanoTime();
      boolean late;
      state.lock();
      try {
        late = ended || expired;
        response = answer;
      } finally {
        state.unlock();
      }
      if (late) {
        answer.close();
        throw new IOException("the answer came too late");
      }
    }

    private void check() {
      long left = idleNanos - (timers.nanoTime() - lastByte);
      if (left > 0) {
        arm(left);
        return;
      }
      ApiResponse open;
      state.lock();
      try {
        if (ended) {
          return;
        }
        expired = true;
        open = response;
        if (open == null) {
          reader.interrupt();
        }
      } finally {
        state.unlock();
      }
      if (open != null) {
        open.close();
      }
    }

    @Override
    public int status() {
      return inner().status();
    }

    @Override
    public @Nullable String header(String name) {
      return inner().header(name);
    }

    @Override
    public InputStream body() {
      return new FilterInputStream(inner().body()) {
        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          try {
            int count = super.read(bytes, offset, length);
            lastByte = timers.nanoTime();
            if (!expired) {
              return count;
            }
          } catch (IOException e) {
            if (!expired) {
              throw e;
            }
          }
          throw new IOException("no byte for " + Duration.ofNanos(idleNanos).toSeconds() + " s");
        }
      };
    }

    private ApiResponse inner() {
      ApiResponse open = response;
      if (open == null) {
        throw new IllegalStateException("no response yet");
      }
      return open;
    }

    @Override
    public void close() {
      ApiResponse open;
      state.lock();
      try {
        ended = true;
        open = response;
        if (alarm != null) {
          alarm.cancel();
        }
      } finally {
        state.unlock();
      }
      if (open != null) {
        open.close();
      }
    }
  }
}
