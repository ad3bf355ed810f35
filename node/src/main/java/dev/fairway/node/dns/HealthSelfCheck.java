// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.dns.metrics.DnsMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Asks the process's own {@code /health} every second, as CoreDNS does: the time it takes shows a
 * machine that has too much to do. Thread-safe.
 */
final class HealthSelfCheck implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 2000;
  private static final byte[] REQUEST =
      "GET /health HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final DnsMetrics metrics;
  private final CountDownLatch closed = new CountDownLatch(1);

  HealthSelfCheck(DnsMetrics metrics) {
    this.metrics = metrics;
  }

  /** Begins to ask. */
  void start(InetSocketAddress page) {
    InetAddress address = page.getAddress();
    InetSocketAddress target =
        address == null || address.isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), page.getPort())
            : page;
    Thread.ofVirtual().name("health-self-check").start(() -> run(target));
  }

  private void run(InetSocketAddress target) {
    try {
      do {
        long start = System.nanoTime();
        boolean failed = !isAnswered(target);
        if (closed.getCount() > 0) {
          metrics.health(System.nanoTime() - start, failed);
        }
      } while (!closed.await(1, TimeUnit.SECONDS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isAnswered(InetSocketAddress target) {
    try (Socket socket = new Socket()) {
      socket.connect(target, TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write(REQUEST);
      String answer = new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII);
      return answer.contains(" 200");
    } catch (IOException _) {
      return false;
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
