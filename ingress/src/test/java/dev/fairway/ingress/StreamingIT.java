// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fairway.ingress.upstream.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies flow through as they come, a slow side slows the other, and upgrades become tunnels. */
@ParameterizedClass(name = "{0}")
@EnumSource(Transport.class)
class StreamingIT {
  /** More than all socket buffers on the way can hold. */
  private static final long MUCH = 256L << 20;

  @Parameter Transport transport = Transport.best();
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(transport.isAvailable(), transport + " is not available here");
    fixture = new GatewayFixture(GatewayFixture.options().withTransport(transport));
  }

  @AfterEach
  void stop() {
    if (fixture != null) {
      fixture.close();
    }
  }

  @Test
  void piecesOfAResponsePassOneByOne() throws IOException {
    CountDownLatch[] seen = {new CountDownLatch(1), new CountDownLatch(1)};
    fixture.everythingTo(
        fixture.backend(
            "sse",
            (request, in, out) -> {
              TestBackend.send(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
              for (CountDownLatch latch : seen) {
                TestBackend.send(out, "5\r\nevent\r\n");
                awaitQuietly(latch);
              }
              TestBackend.send(out, "0\r\n\r\n");
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      while (!"".equals(TestBackend.readLine(client.in()))) {}
      for (CountDownLatch latch : seen) {
        assertThat(client.read(10)).isEqualTo("5\r\nevent\r\n");
        latch.countDown();
      }
      assertThat(client.read(5)).isEqualTo("0\r\n\r\n");
    }
  }

  @Test
  void piecesOfARequestPassBeforeItsEnd() throws IOException {
    CountDownLatch seen = new CountDownLatch(1);
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "a",
                InetAddress.getLoopbackAddress(),
                0,
                false,
                (request, in, out) -> {
                  byte[] first = in.readNBytes(5);
                  seen.countDown();
                  byte[] second = in.readNBytes(5);
                  TestBackend.respond(
                      out,
                      "200 OK",
                      new String(first, StandardCharsets.US_ASCII)
                          + new String(second, StandardCharsets.US_ASCII));
                  return true;
                })));
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nfirst");
      awaitQuietly(seen);
      client.send("again");
      assertThat(client.response().body()).isEqualTo("firstagain");
    }
  }

  @Test
  void backendIsSlowedDownByAClientThatDoesNotRead() throws IOException {
    AtomicLong sent = new AtomicLong();
    AtomicBoolean finished = new AtomicBoolean();
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              TestBackend.send(out, "HTTP/1.1 200 OK\r\nContent-Length: " + MUCH + "\r\n\r\n");
              write(out, MUCH, sent);
              finished.set(true);
              return true;
            }));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      awaitStalled(sent);
      assertThat(finished).isFalse();
      assertThat(sent.get()).isLessThan(MUCH / 2);
      while (!"".equals(TestBackend.readLine(client.in()))) {}
      assertThat(skip(client.in(), MUCH)).isEqualTo(MUCH);
    }
    assertThat(finished).isTrue();
  }

  @Test
  void clientIsSlowedDownByABackendThatDoesNotRead() throws IOException {
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicLong sent = new AtomicLong();
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "a",
                InetAddress.getLoopbackAddress(),
                0,
                false,
                (request, in, out) -> {
                  awaitQuietly(goOn);
                  TestBackend.respond(out, "200 OK", Long.toString(skip(in, MUCH)));
                  return true;
                })));
    try (RawClient client = fixture.connect()) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + MUCH + "\r\n\r\n");
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  write(client.socket().getOutputStream(), MUCH, sent);
                } catch (IOException broken) {
                  sent.set(-1);
                }
              });
      awaitStalled(sent);
      assertThat(sent.get()).isBetween(1L, MUCH / 2);
      goOn.countDown();
      assertThat(client.response().body()).isEqualTo(Long.toString(MUCH));
      assertThat(writer.join(java.time.Duration.ofSeconds(10))).isTrue();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  @Test
  void webSocketBecomesATunnelAndIsNeverPooled() throws IOException {
    TestBackend backend = fixture.everythingTo(fixture.backend("ws", StreamingIT::upgradeAndEcho));
    for (int round = 1; round <= 2; round++) {
      try (RawClient client = fixture.connect()) {
        client.send(
            "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\n"
                + "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\nearly");
        RawClient.Response response = client.response();
        assertThat(response.status()).isEqualTo(101);
        assertThat(response.field("Upgrade")).isEqualTo("websocket");
        assertThat(response.field("Connection")).isEqualTo("Upgrade");
        assertThat(client.read(5)).isEqualTo("early");
        client.send("\0\1binary");
        assertThat(client.read(8)).isEqualTo("\0\1binary");
        client.shutdownOutput();
        assertThat(client.isEnded()).isTrue();
      }
      assertThat(backend.connections).hasValue(round);
    }
  }

  @Test
  void otherUpgradesAreNotPassedOn() throws IOException {
    TestBackend backend = fixture.everythingTo(fixture.backend("a"));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(200);
    }
    assertThat(backend.requests.getFirst().field("Upgrade")).isEmpty();
  }

  @Test
  void openRequestFinishesWhenTheGatewayCloses() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    fixture.everythingTo(
        fixture.backend(
            "a",
            (request, in, out) -> {
              arrived.countDown();
              awaitQuietly(goOn);
              TestBackend.respond(out, "200 OK", "done");
              return true;
            }));
    try (RawClient client = fixture.connect();
        RawClient idle = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      awaitQuietly(arrived);
      Thread closing = Thread.ofVirtual().start(fixture.gateway()::close);
      assertThat(idle.isEnded()).isTrue();
      goOn.countDown();
      RawClient.Response response = client.response();
      assertThat(response.body()).isEqualTo("done");
      assertThat(response.field("Connection")).isEqualTo("close");
      client.close();
      assertThat(closing.join(java.time.Duration.ofSeconds(10))).isTrue();
    }
  }

  private static boolean upgradeAndEcho(
      TestBackend.Request request, InputStream in, OutputStream out) throws IOException {
    TestBackend.send(
        out,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    byte[] buffer = new byte[1000];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
      out.flush();
    }
    return false;
  }

  private static void write(OutputStream out, long total, AtomicLong sent) throws IOException {
    byte[] block = "0123456789abcdef".repeat(4096).getBytes(StandardCharsets.US_ASCII);
    for (long done = 0; done < total; done += block.length) {
      out.write(block);
      sent.addAndGet(block.length);
    }
    out.flush();
  }

  private static long skip(InputStream in, long total) throws IOException {
    byte[] block = new byte[65536];
    long done = 0;
    while (done < total) {
      int n = in.read(block, 0, (int) Math.min(block.length, total - done));
      if (n < 0) {
        return done;
      }
      done += n;
    }
    return done;
  }

  /** Waits until bytes were sent and no more are being sent. */
  private static void awaitStalled(AtomicLong sent) {
    long[] last = {-1, 0};
    GatewayFixture.await(() -> {
      long now = sent.get();
      last[1] = now == last[0] ? last[1] + 1 : 0;
      last[0] = now;
      return now > 0 && last[1] > 300;
    });
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }
}
