// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One question to one upstream. By UDP it comes from a fresh port with a fresh identifier, and only
 * what matches both, the name with its letter case, and the sender's address is the answer. What
 * does not fit, is malformed, or looks as if somebody was guessing, is asked by TCP. Blocking, for
 * a virtual thread.
 */
final class UpstreamExchange {
  /** Datagrams that do not match before the upstream is asked by TCP, where forging is hard. */
  private static final int MAX_MISMATCHES = 16;

  private static final int MAX_DATAGRAM = 4096;
  private static final int MILLISECOND = 1_000_000;

  private final Upstream upstream;
  private final UpstreamGroup.Connections options;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private final ForwardMetrics metrics;
  private boolean withoutEdns;

  UpstreamExchange(
      Upstream upstream,
      UpstreamGroup.Connections options,
      RandomGenerator random,
      LongSupplier nanoTime,
      ForwardMetrics metrics) {
    this.upstream = upstream;
    this.options = options;
    this.random = random;
    this.nanoTime = nanoTime;
    this.metrics = metrics;
  }

  /**
   * Asks.
   *
   * @param deadline of {@code nanoTime}
   * @return the response, or null when it was malformed
   * @throws IOException when none came in time
   */
  @Nullable UpstreamMessage ask(Lookup lookup, long deadline)
      throws IOException, InterruptedException {
    UpstreamMessage message = ask(lookup, deadline, true);
    // A server from before EDNS (RFC 6891 7).
    boolean old = withoutEdns || (message != null && message.rcode() == Rcode.FORMERR);
    return old ? ask(lookup, deadline, false) : message;
  }

  private @Nullable UpstreamMessage ask(Lookup lookup, long deadline, boolean edns)
      throws IOException, InterruptedException {
    boolean streamOnly =
        options.forceTcp() || upstream.address().protocol() == UpstreamAddress.Protocol.TLS;
    if (streamOnly) {
      return overStream(lookup, deadline, edns);
    }
    byte[] response = overUdp(lookup, deadline, edns);
    if (edns && withoutEdns) {
      return null;
    }
    UpstreamMessage message = response == null ? null : parse(lookup, response);
    if (message != null && !message.isTruncated()) {
      return message;
    }
    if (message == null) {
      return overStream(lookup, deadline, edns);
    }
    try {
      UpstreamMessage whole = overStream(lookup, deadline, edns);
      return whole == null ? message : whole;
    } catch (IOException e) {
      // A part of the answer is better than none: the client may do better by TCP itself.
      return message;
    }
  }

  private static @Nullable UpstreamMessage parse(Lookup lookup, byte[] response) {
    return UpstreamMessage.parse(response, response.length, lookup.name().length);
  }

  /** The first datagram that matches; null when there were too many that do not. */
  private byte @Nullable [] overUdp(Lookup lookup, long deadline, boolean edns) throws IOException {
    Question question = Question.of(lookup, random, !upstream.losesCase(), edns);
    try (DatagramSocket socket = udpSocket()) {
      socket.connect(upstream.address().address());
      socket.send(new DatagramPacket(question.bytes(), question.bytes().length));
      byte[] buffer = new byte[MAX_DATAGRAM];
      for (int i = 0; i < MAX_MISMATCHES; i++) {
        socket.setSoTimeout(millisUntil(deadline));
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        int length = packet.getLength();
        switch (UpstreamMessage.match(buffer, length, question.bytes(), question.end())) {
          case EXACT -> {
            return Arrays.copyOf(buffer, length);
          }
          case FOLDED -> {
            if (upstream.losesCase()) {
              return Arrays.copyOf(buffer, length);
            }
            // A forger who has guessed the rest, or a server that does not keep the case: TCP
            // tells which.
            metrics.spoofSuspect();
            return null;
          }
          case NONE -> {
            withoutEdns = UpstreamMessage.isBareFormerr(buffer, length, question.bytes());
            if (withoutEdns && edns) {
              return null;
            }
            metrics.spoofSuspect();
          }
        }
      }
      return null;
    }
  }

  private DatagramSocket udpSocket() throws IOException {
    return options.source() == null
        ? new DatagramSocket()
        : new DatagramSocket(new InetSocketAddress(options.source(), 0));
  }

  private @Nullable UpstreamMessage overStream(Lookup lookup, long deadline, boolean edns)
      throws IOException, InterruptedException {
    Question question = Question.of(lookup, random, !upstream.losesCase(), edns);
    byte[] response = upstream.streams().ask(question, deadline, nanoTime);
    if (UpstreamMessage.match(response, response.length, question.bytes(), question.end())
        == UpstreamMessage.Match.FOLDED) {
      upstream.caseLost();
    }
    return parse(lookup, response);
  }

  private int millisUntil(long deadline) throws SocketTimeoutException {
    long left = (deadline - nanoTime.getAsLong()) / MILLISECOND;
    if (left <= 0) {
      throw new SocketTimeoutException("no time left");
    }
    return (int) Math.min(left, Integer.MAX_VALUE);
  }
}
