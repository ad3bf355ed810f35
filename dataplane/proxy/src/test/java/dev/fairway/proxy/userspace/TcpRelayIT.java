// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.service.ServiceInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("dev.fairway.proxy.userspace.Rig#transports")
class TcpRelayIT {
  private static final String VIP = "127.96.3.10";
  private static final String POD = "127.64.3.1";
  private static final int BIG = 64 << 20;

  private final List<Integer> ports = freePorts(2);
  private final int port = ports.get(0);
  private final int backendPort = ports.get(1);
  private final Rig rig;

  TcpRelayIT(Transport transport) {
    rig = new Rig(transport);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private TcpBackend serve(TcpBackend.Conversation conversation) throws IOException {
    TcpBackend backend = new TcpBackend(POD, backendPort, conversation);
    rig.publish(
        ServiceInfo.Settings.of("ns", "web").clusterIp(VIP).port("main", port),
        tcp(backendPort, ready(POD)));
    return backend;
  }

  @Test
  void clientsHalfClose_reachesTheEndpointWhichMayStillAnswer() throws IOException {
    try (TcpBackend _ =
            serve(socket -> {
              byte[] request = socket.getInputStream().readAllBytes();
              socket
                  .getOutputStream()
                  .write(("got " + request.length + "\n").getBytes(StandardCharsets.UTF_8));
            });
        TcpClient client = new TcpClient(at(VIP, port))) {
      client.send("x".repeat(100_000));
      client.socket.shutdownOutput();
      assertThat(client.readLine()).isEqualTo("got 100000");
      assertThat(client.readLine()).isEqualTo("end");
    }
  }

  @Test
  void endpointsHalfClose_reachesTheClientWhichMayStillSend() throws Exception {
    CompletableFuture<Integer> received = new CompletableFuture<>();
    try (TcpBackend _ =
            serve(socket -> {
              socket.shutdownOutput();
              received.complete(socket.getInputStream().readAllBytes().length);
            });
        TcpClient client = new TcpClient(at(VIP, port))) {
      assertThat(client.readLine()).isEqualTo("end");
      client.send("y".repeat(50_000));
      client.socket.shutdownOutput();
      assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo(50_000);
    }
  }

  @Test
  void requestAndFinBeforeTheEndpointIsReached_areNotLost() throws Exception {
    CompletableFuture<String> received = new CompletableFuture<>();
    try (TcpBackend _ =
        serve(socket ->
            received.complete(
                new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)))) {
      rig.publish(
          ServiceInfo.Settings.of("ns", "web").clusterIp(VIP).port("main", port),
          tcp(backendPort, ready(POD), ready("127.64.3.77"), ready("127.64.3.78")));
      try (TcpClient client = new TcpClient(at(VIP, port))) {
        client.send("all at once");
        client.socket.shutdownOutput();
        assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo("all at once");
      }
    }
  }

  @Test
  void endpointsReset_reachesTheClient() throws IOException {
    try (TcpBackend _ =
            serve(socket -> {
              socket.getInputStream().read();
              socket.setSoLinger(true, 0);
            });
        TcpClient client = new TcpClient(at(VIP, port))) {
      client.send("x");
      assertThatThrownBy(client::readLine)
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @Test
  void clientsReset_reachesTheEndpoint() throws Exception {
    CompletableFuture<String> seen = new CompletableFuture<>();
    try (TcpBackend _ =
        serve(socket -> {
          socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
          try {
            seen.complete("read " + socket.getInputStream().read());
          } catch (SocketException e) {
            seen.complete(String.valueOf(e.getMessage()));
          }
        })) {
      try (TcpClient client = new TcpClient(at(VIP, port))) {
        client.readLine();
        client.socket.setSoLinger(true, 0);
      }
      assertThat(seen.get(10, TimeUnit.SECONDS)).contains("reset");
    }
  }

  @Test
  void slowReader_holdsTheSenderBackAndNothingIsLost() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Long> received = new CompletableFuture<>();
    try (TcpBackend _ =
            serve(socket -> {
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              received.complete(checksum(socket.getInputStream()));
            });
        Socket client = new Socket()) {
      client.setSendBufferSize(64 * 1024);
      client.connect(at(VIP, port), 10_000);
      CompletableFuture<Long> sent = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> sendBig(client, sent));
      awaitStall();
      assertThat(rig.metrics.bytesUpstream.sum()).isLessThan(BIG / 2);
      assertThat(sent).isNotDone();
      go.countDown();
      assertThat(received.get(30, TimeUnit.SECONDS)).isEqualTo(sent.get(30, TimeUnit.SECONDS));
    }
    assertThat(rig.metrics.bytesUpstream.sum()).isEqualTo(BIG);
  }

  /** Waits until the proxy took bytes and then, for a while, no more. */
  private void awaitStall() throws InterruptedException {
    long before = -1;
    for (int still = 0; still < 5; ) {
      long now = rig.metrics.bytesUpstream.sum();
      still = now > 0 && now == before ? still + 1 : 0;
      before = now;
      new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
    }
  }

  private static void sendBig(Socket client, CompletableFuture<Long> sent) {
    CRC32 crc = new CRC32();
    byte[] block = new byte[1 << 16];
    try {
      OutputStream out = client.getOutputStream();
      for (int i = 0; i < BIG / block.length; i++) {
        java.util.Arrays.fill(block, (byte) (i * 31));
        crc.update(block);
        out.write(block);
      }
      client.shutdownOutput();
      sent.complete(crc.getValue());
    } catch (IOException e) {
      sent.completeExceptionally(e);
    }
  }

  private static long checksum(InputStream in) throws IOException {
    CRC32 crc = new CRC32();
    byte[] block = new byte[1 << 16];
    for (int n = in.read(block); n >= 0; n = in.read(block)) {
      crc.update(block, 0, n);
    }
    return crc.getValue();
  }

  @Test
  void close_letsOpenConnectionsFinish() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (TcpBackend _ =
            serve(socket -> {
              socket.getOutputStream().write("first\n".getBytes(StandardCharsets.UTF_8));
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              socket.getOutputStream().write("last\n".getBytes(StandardCharsets.UTF_8));
            });
        TcpClient client = new TcpClient(at(VIP, port))) {
      assertThat(client.readLine()).isEqualTo("first");
      Thread closer = Thread.ofVirtual().start(() -> rig.proxier.close(Duration.ofSeconds(30)));
      go.countDown();
      assertThat(client.readLine()).isEqualTo("last");
      assertThat(client.readLine()).isEqualTo("end");
      client.close();
      assertThat(closer.join(Duration.ofSeconds(20))).isTrue();
    }
    assertThat(rig.metrics.tcpActive).hasValue(0);
  }
}
