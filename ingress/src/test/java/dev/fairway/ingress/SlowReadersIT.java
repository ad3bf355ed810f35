// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the gateway keeps for clients that ask for much and read nothing. */
class SlowReadersIT {
  private static final int READERS = 500;
  private static final int STREAMS = 100;
  private static final int RECEIVE_BUFFER = 4_096;

  /** 32 KiB each way for each reader, and as much again that pools keep. */
  private static final long BOUND = READERS * 2L * (32 << 10) * 2;

  private final AtomicLong written = new AtomicLong();
  private final AtomicInteger begun = new AtomicInteger();
  private final List<AutoCloseable> open = new ArrayList<>();
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.everythingTo(fixture.backend("endless", (_, _, out) -> endless(out)));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable client : open) {
      client.close();
    }
    fixture.close();
  }

  private boolean endless(OutputStream out) throws IOException {
    begun.incrementAndGet();
    TestBackend.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
    byte[] block = new byte[1 << 14];
    while (true) {
      out.write(block);
      written.addAndGet(block.length);
    }
  }

  @Test
  void readersOfHttp1() throws Exception {
    long before = memory();
    for (int i = 0; i < READERS; i++) {
      RawClient client = new RawClient(socket());
      open.add(client);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    assertNothingGrows(before);
  }

  /** They open every window that they have. */
  @Test
  void readersOfHttp2() throws Exception {
    long before = memory();
    for (int i = 0; i < READERS / STREAMS; i++) {
      Http2Client client = new Http2Client(socket());
      open.add(client);
      client.frame(Http2Client.SETTINGS, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff);
      client.windowUpdate(0, 1 << 30);
      for (int j = 0; j < STREAMS; j++) {
        client.headers(
            client.stream(),
            true,
            ":method",
            "GET",
            ":scheme",
            "http",
            ":authority",
            "h",
            ":path",
            "/");
      }
    }
    assertNothingGrows(before);
  }

  private void assertNothingGrows(long before) {
    GatewayFixture.await(() -> begun.get() == READERS);
    long seen = -1;
    while (seen != written.get()) {
      seen = written.get();
      LockSupport.parkNanos(300_000_000);
    }
    assertThat(memory() - before).as("bytes for %d readers", READERS).isLessThan(BOUND);
  }

  /** Bytes outside the heap that pools of the gateway took. */
  private static long memory() {
    return PlatformDependent.usedDirectMemory();
  }

  private Socket socket() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(RECEIVE_BUFFER);
    socket.connect(Objects.requireNonNull(fixture.gateway().httpAddress()));
    return socket;
  }
}
