// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.UpstreamMessage;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an upstream with many questions under way at once (RFC 7766 6.2.1). One virtual
 * thread reads; whoever asks writes. Thread-safe.
 */
final class StreamConnection {
  /** Questions under way on one connection. */
  static final int MAX_PENDING = 256;

  private record Waiting(Question question, CompletableFuture<byte[]> response) {}

  private final Socket socket;
  private final Runnable closed;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Integer, Waiting> pending = new HashMap<>();
  private boolean open = true;
  private boolean answered;

  /**
   * A connection.
   *
   * @param idleMillis it closes itself after that time without questions
   * @param closed called once when it is of no more use
   */
  StreamConnection(Socket socket, int idleMillis, Runnable closed) throws IOException {
    this.socket = socket;
    this.closed = closed;
    socket.setSoTimeout(idleMillis);
    Thread.ofVirtual().name("dns-upstream").start(this::read);
  }

  /** Whether another question may be asked. */
  boolean hasRoom() {
    lock.lock();
    try {
      return open && pending.size() < MAX_PENDING;
    } finally {
      lock.unlock();
    }
  }

  /** Whether anything was ever answered here: if not, the upstream may not be one. */
  boolean hasAnswered() {
    lock.lock();
    try {
      return answered;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Asks and waits. The identifier of the question is changed if it is in use here.
   *
   * @param nanos how long at most
   * @throws IOException when no response came: the connection is closed then, so that what hangs in
   *     it hangs nobody else
   */
  byte[] ask(Question question, long nanos) throws IOException, InterruptedException {
    CompletableFuture<byte[]> response = new CompletableFuture<>();
    lock.lock();
    try {
      if (!open) {
        throw new IOException("connection closed by upstream");
      }
      while (pending.containsKey(question.id())) {
        question.id(question.id() + 1 & 0xffff);
      }
      pending.put(question.id(), new Waiting(question, response));
      byte[] bytes = question.bytes();
      byte[] framed = new byte[bytes.length + 2];
      framed[0] = (byte) (bytes.length >>> 8);
      framed[1] = (byte) bytes.length;
      System.arraycopy(bytes, 0, framed, 2, bytes.length);
      socket.getOutputStream().write(framed);
    } finally {
      lock.unlock();
    }
    try {
      return response.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      close();
      throw new SocketTimeoutException("no answer in time");
    } catch (ExecutionException e) {
      throw new IOException("connection failed", e.getCause());
    } finally {
      forget(question.id());
    }
  }

  private void forget(int id) {
    lock.lock();
    try {
      pending.remove(id);
    } finally {
      lock.unlock();
    }
  }

  private void read() {
    try (DataInputStream in = new DataInputStream(socket.getInputStream())) {
      boolean goOn = true;
      while (goOn) {
        goOn = readOne(in);
      }
    } catch (IOException e) {
      System.getLogger(StreamConnection.class.getName())
          .log(System.Logger.Level.DEBUG, () -> "connection to upstream ended: " + e);
    } finally {
      close();
    }
  }

  /** Reads a message; false when the connection is idle or sends what nobody asked for. */
  private boolean readOne(DataInputStream in) throws IOException {
    int first;
    try {
      first = in.read();
    } catch (SocketTimeoutException e) {
      return isBusy();
    }
    if (first < 0) {
      return false;
    }
    byte[] message = new byte[first << 8 | in.readUnsignedByte()];
    in.readFully(message);
    if (message.length < 12) {
      return false;
    }
    Waiting waiting = take((message[0] & 0xff) << 8 | (message[1] & 0xff));
    if (waiting == null) {
      // The answer to somebody who has given up.
      return true;
    }
    Question question = waiting.question;
    if (UpstreamMessage.match(message, message.length, question.bytes(), question.end())
        == UpstreamMessage.Match.NONE) {
      waiting.response.completeExceptionally(new IOException("answer to another question"));
      return false;
    }
    waiting.response.complete(message);
    return true;
  }

  private boolean isBusy() {
    lock.lock();
    try {
      return !pending.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Waiting take(int id) {
    lock.lock();
    try {
      answered = true;
      return pending.remove(id);
    } finally {
      lock.unlock();
    }
  }

  /** Closes; who waits gets an {@link IOException}. */
  void close() {
    Map<Integer, Waiting> left;
    lock.lock();
    try {
      if (!open) {
        return;
      }
      open = false;
      left = Map.copyOf(pending);
      pending.clear();
    } finally {
      lock.unlock();
    }
    closed.run();
    try {
      socket.close();
    } catch (IOException e) {
      System.getLogger(StreamConnection.class.getName())
          .log(System.Logger.Level.DEBUG, () -> "closing failed: " + e);
    }
    IOException reason = new IOException("connection closed by upstream");
    left.values().forEach(waiting -> waiting.response.completeExceptionally(reason));
  }
}
