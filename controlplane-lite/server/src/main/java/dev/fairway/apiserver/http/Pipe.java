// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A bounded ring of bytes between one writing and one reading thread. */
final class Pipe {
  private static final int CAPACITY = 64 << 10;

  private final byte[] ring = new byte[CAPACITY];
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by lock.
  private long written;
  private long read;
  private boolean ended;
  private boolean aborted;

  /** Nothing more will be written; the reader gets what is left, then the end. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Reads and writes fail from now on. */
  void abort() {
    lock.lock();
    try {
      aborted = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  OutputStream sink() {
    return new Sink();
  }

  InputStream source() {
    return new Source();
  }

  private void await() throws IOException {
    try {
      changed.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    lock.lock();
    try {
      while (left > 0) {
        while (written - read == CAPACITY && !aborted) {
          await();
        }
        if (aborted) {
          throw new IOException("reader is gone");
        }
        int start = (int) (written % CAPACITY);
        int n = (int) Math.min(left, Math.min(CAPACITY - start, CAPACITY - (written - read)));
        System.arraycopy(bytes, at, ring, start, n);
        written += n;
        at += n;
        left -= n;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    lock.lock();
    try {
      while (written == read && !ended && !aborted) {
        await();
      }
      if (aborted) {
        throw new IOException("response is closed");
      }
      if (written == read) {
        return -1;
      }
      int start = (int) (read % CAPACITY);
      int n = (int) Math.min(length, Math.min(CAPACITY - start, written - read));
      System.arraycopy(ring, start, bytes, offset, n);
      read += n;
      changed.signalAll();
      return n;
    } finally {
      lock.unlock();
    }
  }

  private final class Sink extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      Pipe.this.write(bytes, offset, length);
    }

    @Override
    public void close() {
      end();
    }
  }

  private final class Source extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return Pipe.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return Pipe.this.read(bytes, offset, length);
    }

    @Override
    public int available() {
      lock.lock();
      try {
        return (int) (written - read);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      abort();
    }
  }
}
