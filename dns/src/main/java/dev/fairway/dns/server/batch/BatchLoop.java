// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server.batch;

import dev.fairway.dns.metrics.DnsMetrics;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What the sockets of one event loop share: the memory that datagrams pass through, and who answers
 * them. Made anywhere, then confined to the loop.
 */
public final class BatchLoop {
  private static final System.Logger LOG = System.getLogger(BatchLoop.class.getName());
  private static final int BATCH = 64;
  private static final int EAGAIN = 11;

  private final DatagramHandler handler;
  private final DnsMetrics metrics;
  private final MessageArray received;
  private final MessageArray replies;
  private final MessageArray late;
  private final byte[] message;
  private int waiting;
  private final MemorySegment state = Arena.ofAuto().allocate(SystemCalls.CALL_STATE);

  /**
   * Memory for batches.
   *
   * @param maxMessage octets of a datagram that are looked at
   * @param maxResponse octets of the largest response
   */
  public BatchLoop(DatagramHandler handler, DnsMetrics metrics, int maxMessage, int maxResponse) {
    this.handler = handler;
    this.metrics = metrics;
    this.received = new MessageArray(BATCH, maxMessage);
    this.replies = new MessageArray(BATCH, maxResponse);
    this.late = new MessageArray(1, maxResponse);
    this.message = new byte[maxMessage];
    received.clear(BATCH, true);
  }

  /** Whether this machine and this process can do this. */
  public static boolean available() {
    return SystemCalls.available();
  }

  /**
   * Reads and answers one batch.
   *
   * @param ancillary whether the socket tells the address that a datagram was sent to
   * @return whether there may be more to read
   */
  boolean serve(BatchSocket socket, int descriptor, boolean ancillary) {
    int count = SystemCalls.receive(state, descriptor, received.address(), BATCH);
    if (count <= 0) {
      return false;
    }
    int filled = 0;
    for (int i = 0; i < count; i++) {
      int size = answer(socket, i);
      if (size > 0) {
        replies.fill(filled, handler.response(), size);
        replies.replyTo(filled, received, i);
        filled++;
      }
    }
    send(descriptor, replies, filled);
    received.clear(count, ancillary);
    return count == BATCH;
  }

  /** The length of the answer to a datagram that was read; 0 if there is none, or not yet. */
  private int answer(BatchSocket socket, int i) {
    if (!received.hasSender(i)) {
      metrics.drop();
      return 0;
    }
    int length = Math.min(received.length(i), message.length);
    received.copyTo(i, message, length);
    try {
      int size = handler.handle(message, length, received.senderHigh(i), received.senderLow(i));
      if (size < 0) {
        byte[] client = received.save(i);
        waiting++;
        handler.resolve((response, n) -> sendLater(socket, client, response, n));
      }
      if (size > replies.bufferSize()) {
        metrics.drop();
        return 0;
      }
      return size;
    } catch (RuntimeException e) {
      metrics.panic();
      LOG.log(System.Logger.Level.ERROR, "answering a datagram failed", e);
      return 0;
    }
  }

  /** Whether responses are still to come. */
  boolean isWaiting() {
    return waiting > 0;
  }

  private void sendLater(BatchSocket socket, byte[] client, byte[] response, int length) {
    waiting--;
    if (length > 0 && length <= late.bufferSize() && socket.isOpen()) {
      late.restore(0, client);
      late.turn(0);
      late.fill(0, response, length);
      send(socket.descriptor(), late, 1);
    }
  }

  /** Sends what can be sent now; the kernel's buffers are the only queue. */
  private void send(int descriptor, MessageArray messages, int count) {
    int at = 0;
    while (at < count) {
      int sent = SystemCalls.send(state, descriptor, messages.address(at), count - at);
      if (sent > 0) {
        at += sent;
      } else if (SystemCalls.error(state) == EAGAIN) {
        metrics.drop(count - at);
        return;
      } else {
        // A client that cannot be reached; the others can.
        metrics.drop();
        at++;
      }
    }
  }
}
