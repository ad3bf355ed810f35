// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static dev.fairway.ingress.Http2Client.DATA;
import static dev.fairway.ingress.Http2Client.END_STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.Http2Client.Response;
import dev.fairway.ingress.listener.ListenerLimits;
import dev.fairway.ingress.upstream.UpstreamOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests over HTTP/2 to backends of HTTP/1.1. */
class Http2IT {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final int WINDOW = 65_535;
  private GatewayFixture fixture = new GatewayFixture();

  Http2IT() throws IOException {}

  @AfterEach
  void stop() {
    fixture.close();
  }

  private void start() throws IOException {
    fixture.everythingTo(fixture.backend("a"));
  }

  private TestBackend start(TestBackend.Behaviour behaviour) throws IOException {
    return fixture.everythingTo(fixture.backend("a", behaviour));
  }

  private Http2Client client() throws IOException {
    InetSocketAddress address = Objects.requireNonNull(fixture.gateway().httpAddress());
    return new Http2Client(address);
  }

  private static int webSocket(Http2Client client) throws IOException {
    int stream = client.stream();
    String[] line = {":method", "CONNECT", ":protocol", "websocket", ":scheme", "http"};
    String[] fields = {":authority", "h", ":path", "/chat", "sec-websocket-version", "13"};
    client.headers(
        stream, false, Stream.of(line, fields).flatMap(Stream::of).toArray(String[]::new));
    return stream;
  }

  private static int post(Http2Client client, String path, String... more) throws IOException {
    int stream = client.stream();
    String[] fields = {":method", "POST", ":scheme", "http", ":authority", "h", ":path", path};
    String[] all = Arrays.copyOf(fields, fields.length + more.length);
    System.arraycopy(more, 0, all, fields.length, more.length);
    client.headers(stream, false, all);
    return stream;
  }

  @Test
  void manyRequestsShareAConnection() throws IOException {
    start();
    try (Http2Client client = client()) {
      int[] streams = new int[100];
      for (int i = 0; i < streams.length; i++) {
        streams[i] = post(client, "/" + i);
        client.data(streams[i], true, "body " + i);
      }
      for (int i = 0; i < streams.length; i++) {
        Response response = client.response(streams[i]);
        assertThat(response.status).isEqualTo(200);
        assertThat(response.text()).contains("POST /" + i + " HTTP/1.1").endsWith("body " + i);
      }
    }
  }

  @Test
  void oneStreamMoreThanAllowedIsRefused() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    start((_, _, out) -> {
      await(release);
      TestBackend.respond(out, "200 OK", "late");
      return true;
    });
    try (Http2Client client = client()) {
      int last = 0;
      for (int i = 0; i <= 100; i++) {
        last = client.stream();
        client.headers(
            last, true, ":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/");
      }
      assertThat(client.response(last).verdict()).isEqualTo("RST 7");
      release.countDown();
      assertThat(client.response(1).text()).isEqualTo("late");
    }
  }

  @Test
  void bodiesOfUnknownLengthAreChunkedForTheBackend() throws IOException {
    start();
    try (Http2Client client = client()) {
      int stream = post(client, "/");
      client.data(stream, false, "one ");
      client.data(stream, true, "two");
      assertThat(client.response(stream).text())
          .contains("Transfer-Encoding: chunked")
          .endsWith("one two");
      stream = post(client, "/", "content-length", "5");
      client.data(stream, true, "hello");
      assertThat(client.response(stream).text())
          .contains("content-length: 5")
          .doesNotContain("Transfer-Encoding")
          .endsWith("hello");
    }
  }

  @Test
  void trailersPassBothWays() throws IOException {
    start((request, _, out) -> {
      TestBackend.send(
          out,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n"
              + "0\r\nX-Sum: "
              + request.trailers()
              + "\r\nContent-Length: 9\r\n\r\n");
      return true;
    });
    try (Http2Client client = client()) {
      int stream = post(client, "/");
      client.data(stream, false, "x");
      client.headers(stream, true, "x-check", "42", "authorization", "forged");
      Response response = client.response(stream);
      assertThat(response.text()).isEqualTo("ok");
      assertThat(response.trailers).containsOnlyKeys("x-sum");
      assertThat(response.trailers.get("x-sum")).isEqualTo("[x-check: 42]");
    }
  }

  @Test
  void connectionFieldsOfBackendsAreDroppedAndNamesAreLowered() throws IOException {
    start((_, _, out) -> {
      TestBackend.send(
          out,
          "HTTP/1.1 200 OK\r\nX-Mixed-Case: Yes\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
              + "Keep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n");
      return true;
    });
    try (Http2Client client = client()) {
      Response response = client.get("h", "/");
      assertThat(response.fields)
          .containsEntry("x-mixed-case", "Yes")
          .containsEntry("content-length", "0")
          .doesNotContainKeys("connection", "keep-alive", "x-hop", "transfer-encoding");
    }
  }

  @Test
  void cookieCrumbsAreJoined() throws IOException {
    start();
    try (Http2Client client = client()) {
      int stream = post(client, "/", "cookie", "a=1", "cookie", "b=2");
      client.data(stream, true, "");
      assertThat(client.response(stream).text().toLowerCase(java.util.Locale.ROOT))
          .contains("cookie: a=1; b=2");
    }
  }

  @Test
  void headHasNoBody() throws IOException {
    start();
    try (Http2Client client = client()) {
      int stream = client.stream();
      client.headers(
          stream, true, ":method", "HEAD", ":scheme", "http", ":authority", "h", ":path", "/");
      Response response = client.response(stream);
      assertThat(response.status).isEqualTo(200);
      assertThat(response.text()).isEmpty();
      assertThat(Integer.parseInt(response.fields.get("content-length"))).isPositive();
    }
  }

  @Test
  void informationalResponsesPass() throws IOException {
    start((_, _, out) -> {
      TestBackend.send(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
      TestBackend.respond(out, "200 OK", "done");
      return true;
    });
    try (Http2Client client = client()) {
      Response response = client.get("h", "/");
      assertThat(response.informational).containsExactly(103);
      assertThat(response.text()).isEqualTo("done");
    }
  }

  @Test
  void windowOpensOnlyForWhatTheBackendTook() throws IOException {
    CountDownLatch release = new CountDownLatch(1);
    AtomicLong received = new AtomicLong();
    int total = 8 << 20;
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "slow",
                java.net.InetAddress.getLoopbackAddress(),
                0,
                false,
                (_, in, out) -> {
                  await(release);
                  received.addAndGet(in.readNBytes(total).length);
                  TestBackend.respond(out, "200 OK", "read");
                  return false;
                })));
    try (Http2Client client = client()) {
      int stream = post(client, "/", "content-length", Integer.toString(total));
      AtomicInteger window = new AtomicInteger(WINDOW);
      int sent = 0;
      while (sent < total) {
        while (window.get() == 0) {
          if (release.getCount() > 0 && sent > WINDOW) {
            // What the sockets on the way hold was taken; the rest waits for the backend.
            assertThat(sent).isLessThan(total);
            release.countDown();
          }
          addWindow(client.read(), stream, window);
          release.countDown();
        }
        int size = Math.min(Math.min(window.get(), 16_384), total - sent);
        client.data(stream, sent + size == total, new byte[size]);
        sent += size;
        window.addAndGet(-size);
      }
      assertThat(client.response(stream).text()).isEqualTo("read");
      assertThat(received.get()).isEqualTo(total);
    }
  }

  private static void addWindow(Http2Client.Frame frame, int stream, AtomicInteger window) {
    if (frame.type() == Http2Client.WINDOW_UPDATE && frame.stream() == stream) {
      window.addAndGet(frame.uint32(0));
    }
  }

  @Test
  void slowClientHoldsTheBackendBack() throws IOException {
    AtomicLong written = new AtomicLong();
    CountDownLatch done = new CountDownLatch(1);
    int total = 32 << 20;
    start((_, _, out) -> {
      TestBackend.send(out, "HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
      byte[] block = new byte[1 << 16];
      for (int i = 0; i < total; i += block.length) {
        out.write(block);
        written.addAndGet(block.length);
      }
      done.countDown();
      return true;
    });
    try (Http2Client client = client()) {
      client.keepWindows = true;
      int stream = client.stream();
      client.headers(
          stream, true, ":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/");
      while (client.of(stream).body.size() < WINDOW) {
        client.read();
      }
      for (int i = 0; i < 100; i++) {
        client.frame(Http2Client.PING, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);
        client.read();
      }
      assertThat(done.getCount()).as("written %d", written.get()).isEqualTo(1);
      client.keepWindows = false;
      client.windowUpdate(0, WINDOW);
      client.windowUpdate(stream, WINDOW);
      assertThat(client.response(stream).body.size()).isEqualTo(total);
    }
  }

  @Test
  void clientThatResetsIsForgottenAndTheBackendTold() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    start((_, in, _) -> {
      began.countDown();
      if (in.read() < 0) {
        ended.countDown();
      }
      return false;
    });
    try (Http2Client client = client()) {
      int stream = client.stream();
      client.headers(
          stream, true, ":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/");
      assertThat(began.await(20, TimeUnit.SECONDS)).isTrue();
      client.frame(Http2Client.RST_STREAM, 0, stream, 0, 0, 0, 8);
      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void brokenResponseResetsItsStreamOnly() throws IOException {
    start((request, _, out) -> {
      if (request.line().contains("broken")) {
        TestBackend.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        return false;
      }
      TestBackend.respond(out, "200 OK", "whole");
      return true;
    });
    try (Http2Client client = client()) {
      Response broken = client.get("h", "/broken");
      assertThat(broken.reset).isEqualTo(2);
      assertThat(client.get("h", "/").text()).isEqualTo("whole");
    }
  }

  @Test
  void earlyResponseEndsTheRequest() throws IOException {
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "early",
                java.net.InetAddress.getLoopbackAddress(),
                0,
                false,
                (_, _, out) -> {
                  TestBackend.respond(out, "403 Forbidden", "no");
                  return false;
                })));
    try (Http2Client client = client()) {
      int stream = post(client, "/");
      Response response = client.response(stream);
      assertThat(response.status).isEqualTo(403);
      assertThat(response.text()).isEqualTo("no");
      while (response.reset < 0) {
        client.read();
      }
      assertThat(response.reset).as("NO_ERROR").isZero();
    }
  }

  @Test
  void drainLetsRequestsFinishAndSaysGoAwayTwice() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    start((_, _, out) -> {
      began.countDown();
      await(release);
      TestBackend.respond(out, "200 OK", "finished");
      return true;
    });
    try (Http2Client client = client()) {
      int stream = client.stream();
      client.headers(
          stream, true, ":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/");
      assertThat(began.await(20, TimeUnit.SECONDS)).isTrue();
      Thread closing = Thread.startVirtualThread(() -> fixture.gateway().close());
      while (client.goAways.size() < 2) {
        client.read();
      }
      assertThat(client.goAways).containsExactly(Integer.MAX_VALUE, stream);
      release.countDown();
      assertThat(client.response(stream).text()).isEqualTo("finished");
      client.readToEnd();
      closing.join();
    }
  }

  @Test
  void tooManyRequestsOnOneConnectionEndItWhenAllAreAnswered() throws Exception {
    fixture.close();
    fixture = new GatewayFixture(requests(100));
    CountDownLatch release = new CountDownLatch(1);
    TestBackend backend =
        start((request, _, out) -> {
          if (request.line().contains("/slow")) {
            await(release);
          }
          TestBackend.respond(out, "200 OK", "served");
          return true;
        });
    try (Http2Client client = client()) {
      int slow = post(client, "/slow");
      client.data(slow, true, "");
      for (int i = 1; i < 100; i++) {
        assertThat(client.goAways).isEmpty();
        assertThat(client.get("h", "/").status).isEqualTo(200);
      }
      while (client.goAways.size() < 2) {
        client.read();
      }
      assertThat(client.goAways).containsExactly(Integer.MAX_VALUE, slow + 2 * 99);
      int late = post(client, "/late");
      client.windowUpdate(late, 1);
      client.data(late, true, "dropped");
      int later = post(client, "/later");
      client.frame(Http2Client.RST_STREAM, 0, later, 0, 0, 0, 8);
      release.countDown();
      assertThat(client.response(slow).text()).as("what was under way").isEqualTo("served");
      client.readToEnd();
      assertThat(client.of(late).status).as("never answered").isZero();
      assertThat(backend.requests)
          .hasSize(100)
          .noneMatch(request -> request.line().contains("late"));
    }
  }

  @Test
  void bodyThatDoesNotComeIsAnsweredWith408() throws IOException {
    fixture.close();
    fixture = new GatewayFixture(quick(SHORT, ListenerLimits.DEFAULT.idleTimeout()));
    fixture.everythingTo(fixture.backend("a"));
    try (Http2Client client = client()) {
      int stream = post(client, "/");
      client.data(stream, false, "some");
      assertThat(client.response(stream).status).isEqualTo(408);
    }
  }

  @Test
  void idleConnectionIsEndedWithGoAway() throws IOException {
    fixture.close();
    fixture =
        new GatewayFixture(quick(ListenerLimits.DEFAULT.bodyTimeout(), Duration.ofSeconds(2)));
    fixture.everythingTo(fixture.backend("a"));
    try (Http2Client client = client()) {
      assertThat(client.get("h", "/").status).isEqualTo(200);
      client.readToEnd();
      assertThat(client.goAwayCode).isZero();
    }
  }

  private static IngressOptions quick(Duration body, Duration idle) {
    return limits(ListenerLimits.DEFAULT.requestsOverStreams(), body, idle);
  }

  private static IngressOptions requests(int perConnection) {
    ListenerLimits d = ListenerLimits.DEFAULT;
    return limits(perConnection, d.bodyTimeout(), d.idleTimeout());
  }

  private static IngressOptions limits(int requests, Duration body, Duration idle) {
    ListenerLimits d = ListenerLimits.DEFAULT;
    return GatewayFixture.options()
        .withLimits(
            new ListenerLimits(
                d.connections(),
                d.requestsPerConnection(),
                requests,
                d.headerTimeout(),
                body,
                idle,
                d.tunnelTimeout(),
                d.tlsHandshakeTimeout(),
                d.messages(),
                d.minBodyRate()),
            UpstreamOptions.DEFAULT);
  }

  @Test
  void webSocketOverHttp2IsAnUpgradeForTheBackend() throws IOException {
    start((request, in, out) -> {
      TestBackend.send(
          out,
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: x\r\nX-Key: "
              + !request.field("Sec-WebSocket-Key").isEmpty()
              + "\r\nX-Line: "
              + request.line()
              + "\r\n\r\n");
      byte[] bytes = in.readNBytes(4);
      out.write(bytes);
      out.flush();
      assertThat(in.read()).isEqualTo(-1);
      return false;
    });
    try (Http2Client client = client()) {
      int stream = webSocket(client);
      Response head = client.head(stream);
      assertThat(head.status).isEqualTo(200);
      assertThat(head.fields)
          .containsEntry("x-key", "true")
          .containsEntry("x-line", "GET /chat HTTP/1.1")
          .doesNotContainKeys("upgrade", "connection", "sec-websocket-accept");
      client.data(stream, false, "ping");
      while (head.body.size() < 4) {
        client.read();
      }
      assertThat(head.text()).isEqualTo("ping");
      client.frame(DATA, END_STREAM, stream);
      assertThat(client.response(stream).ended).isTrue();
    }
  }

  @Test
  void endOfTheConnectionIsTheEndOfWhatItsStreamsSend() throws Exception {
    CountDownLatch ends = new CountDownLatch(2);
    fixture.everythingTo(
        fixture.add(
            new TestBackend(
                "raw",
                InetAddress.getLoopbackAddress(),
                0,
                false,
                (request, in, out) -> {
                  if (!request.field("Upgrade").isEmpty()) {
                    TestBackend.send(
                        out, "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
                  }
                  in.readAllBytes();
                  ends.countDown();
                  return false;
                })));
    try (Socket socket =
            new Socket(
                InetAddress.getLoopbackAddress(),
                Objects.requireNonNull(fixture.gateway().httpAddress()).getPort());
        Http2Client client = new Http2Client(socket)) {
      post(client, "/upload");
      int tunnel = webSocket(client);
      assertThat(client.head(tunnel).status).isEqualTo(200);
      socket.shutdownOutput();
      assertThat(ends.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void refusedWebSocketIsAnOrdinaryResponse() throws IOException {
    start((_, _, out) -> {
      TestBackend.respond(out, "403 Forbidden", "not you");
      return true;
    });
    try (Http2Client client = client()) {
      int stream = webSocket(client);
      Response response = client.response(stream);
      assertThat(response.status).isEqualTo(403);
      assertThat(response.text()).isEqualTo("not you");
    }
  }

  @Test
  void errorsAreInTheWordsOfGrpcForItsClients() throws IOException {
    start();
    fixture.service("web");
    try (Http2Client client = client()) {
      int stream = post(client, "/pkg.Service/Call", "content-type", "application/grpc+proto");
      Response response = client.response(stream);
      assertThat(response.status).isEqualTo(200);
      assertThat(response.fields)
          .containsEntry("content-type", "application/grpc")
          .containsEntry("grpc-status", "14")
          .containsEntry("grpc-message", "503 no endpoint of the backend is ready");
    }
  }

  @Test
  void bytesThatAreNoPrefaceAreHttp1() throws IOException {
    start();
    try (RawClient client = fixture.connect()) {
      client.send("PR".getBytes(StandardCharsets.US_ASCII));
      client.send("OPFIND / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.response().body()).contains("PROPFIND / HTTP/1.1");
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
