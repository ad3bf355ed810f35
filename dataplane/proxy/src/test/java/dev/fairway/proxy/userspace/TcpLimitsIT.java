// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static dev.fairway.proxy.userspace.TcpClient.nameAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.proxy.Balancer;
import dev.fairway.proxy.ProxyProtocol;
import dev.fairway.proxy.userspace.UserspaceOptions.Limits;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bounds, balancers and headers seen from outside. */
class TcpLimitsIT {
  private static final String VIP = "127.96.5.10";
  private static final String OTHER_VIP = "127.96.5.11";
  private static final String ONE = "127.64.5.1";
  private static final String TWO = "127.64.5.2";

  private final List<Integer> ports = freePorts(2);
  private final int port = ports.get(0);
  private final int backendPort = ports.get(1);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened.reversed()) {
      closeable.close();
    }
  }

  private <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  private Rig rig(Limits limits) {
    return open(new Rig(Rig.options().withLimits(limits)));
  }

  private ServiceSettingsBuilder web() {
    return ServiceInfo.Settings.of("ns", "web").clusterIp(VIP).port("main", port);
  }

  @Test
  void limitOfAService_keepsOnlyItsOwnClientsAway() throws IOException {
    open(TcpBackend.named(ONE, backendPort));
    Rig rig = rig(Limits.DEFAULT.withTcp(100, 2));
    rig.publish(web(), tcp(backendPort, ready(ONE)));
    rig.publish(
        ServiceInfo.Settings.of("ns", "other").clusterIp(OTHER_VIP).port("main", port),
        tcp(backendPort, ready(ONE)));
    TcpClient first = open(new TcpClient(at(VIP, port)));
    TcpClient second = open(new TcpClient(at(VIP, port)));
    assertThat(List.of(first.readLine(), second.readLine())).containsExactly(ONE, ONE);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> nameAt(at(VIP, port))).isInstanceOf(SocketException.class);
    }
    assertThat(nameAt(at(OTHER_VIP, port))).isEqualTo(ONE);
    assertThat(rig.metrics.tcpLimited.sum()).isEqualTo(3);
    assertThat(rig.events).singleElement().asString().startsWith("ns/web LimitReached limit of 2");
    first.close();
    assertThat(eventuallyNamed(at(VIP, port))).isEqualTo(ONE);
  }

  @Test
  void limitOfTheProxy_isReported() throws Exception {
    open(TcpBackend.named(ONE, backendPort));
    Rig rig = rig(Limits.DEFAULT.withTcp(1, 10));
    rig.publish(web(), tcp(backendPort, ready(ONE)));
    assertThat(open(new TcpClient(at(VIP, port))).readLine()).isEqualTo(ONE);
    assertThatThrownBy(() -> nameAt(at(VIP, port))).isInstanceOf(SocketException.class);
    assertThat(rig.events.poll(10, TimeUnit.SECONDS)).contains("LimitReached").contains("proxy");
  }

  /** On one event loop, as each closes the oldest of its own. */
  @Test
  void clientsThatNeverSpeak_makeRoomNearTheLimit_theOldestFirst() throws IOException {
    open(
        new TcpBackend(
            ONE,
            backendPort,
            socket -> socket.getInputStream().transferTo(socket.getOutputStream())));
    Limits limits = Limits.DEFAULT.withTcp(100, 32);
    Rig rig = open(new Rig(Rig.options().withLimits(limits).withEventLoops(1)));
    rig.publish(web(), tcp(backendPort, ready(ONE)));
    TcpClient speaker = open(new TcpClient(at(VIP, port)));
    assertThat(echoed(speaker)).isEqualTo("hello");
    List<TcpClient> silent = new ArrayList<>();
    for (int i = 0; i < 29; i++) {
      silent.add(open(new TcpClient(at(VIP, port))));
    }
    awaitActive(rig, 30);
    rig.skippedNanos.addAndGet(Duration.ofSeconds(2).toNanos());
    for (int i = 0; i < 8; i++) {
      assertThat(echoed(open(new TcpClient(at(VIP, port))))).isEqualTo("hello");
    }
    assertThat(rig.metrics.tcpSilentClosed.sum()).isEqualTo(8);
    assertThat(rig.metrics.tcpLimited.sum()).isZero();
    assertThat(rig.events).singleElement().asString().startsWith("ns/web LimitReached the Service");
    assertThat(echoed(speaker)).isEqualTo("hello");
    for (TcpClient client : silent.subList(8, silent.size())) {
      assertThat(echoed(client)).isEqualTo("hello");
    }
  }

  @Test
  void clientsThatHaveNotSpokenYet_keepTheirPlaceForASecond() throws IOException {
    open(new TcpBackend(ONE, backendPort, socket -> socket.getInputStream().read()));
    Rig rig = rig(Limits.DEFAULT.withTcp(100, 8));
    rig.publish(web(), tcp(backendPort, ready(ONE)));
    for (int i = 0; i < 8; i++) {
      open(new TcpClient(at(VIP, port)));
    }
    awaitActive(rig, 8);
    // However slow the machine is: their second is not over.
    rig.skippedNanos.addAndGet(-Duration.ofMinutes(1).toNanos());
    assertThatThrownBy(() -> nameAt(at(VIP, port))).isInstanceOf(SocketException.class);
    assertThat(rig.metrics.tcpSilentClosed.sum()).isZero();
    assertThat(rig.metrics.tcpLimited.sum()).isEqualTo(1);
  }

  private static String echoed(TcpClient client) throws IOException {
    client.send("hello\n");
    return client.readLine();
  }

  private static void awaitActive(Rig rig, int connections) {
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (rig.metrics.tcpActive.get() != connections && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(rig.metrics.tcpActive).hasValue(connections);
  }

  /** The place of a closed connection becomes free a moment after the close. */
  private static String eventuallyNamed(InetSocketAddress address) throws IOException {
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (true) {
      try {
        return nameAt(address);
      } catch (SocketException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  @Test
  void halfClosedConnection_endsWhenIdle_butNotWhileBytesFlow() throws Exception {
    open(
        new TcpBackend(
            ONE,
            backendPort,
            socket -> {
              for (int c = socket.getInputStream().read(); c >= 0; ) {
                c = socket.getInputStream().read();
              }
              socket.getOutputStream().write(new byte[] {0x62, 0x79, 0x65, 0x0a});
              socket.getInputStream().read();
              try (ServerSocket never = new ServerSocket(0)) {
                never.accept();
              }
            }));
    Rig rig = rig(Limits.DEFAULT.withHalfClosedIdle(Duration.ofMillis(150)));
    rig.publish(web(), tcp(backendPort, ready(ONE)));
    TcpClient client = open(new TcpClient(at(VIP, port)));
    client.send("x");
    client.socket.shutdownOutput();
    assertThat(client.readLine()).isEqualTo("bye");
    assertThatThrownBy(client::readLine).isInstanceOf(SocketException.class);
    assertThat(rig.metrics.tcpHalfClosedIdle.sum()).isEqualTo(1);
  }

  @Test
  void proxyProtocol_tellsTheEndpointWhoCalls() throws IOException {
    open(
        new TcpBackend(
            ONE,
            backendPort,
            socket -> socket.getInputStream().transferTo(socket.getOutputStream())));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(web().annotation(ProxyProtocol.ANNOTATION, "v1"), tcp(backendPort, ready(ONE)));
    TcpClient client = open(new TcpClient("127.0.0.9", at(VIP, port)));
    client.send("hello\n");
    assertThat(client.readLine())
        .isEqualTo("PROXY TCP4 127.0.0.9 " + VIP + " " + client.socket.getLocalPort() + " " + port);
    assertThat(client.readLine()).isEqualTo("hello");
    rig.publish(web().annotation(ProxyProtocol.ANNOTATION, "v3"), tcp(backendPort, ready(ONE)));
    assertThat(rig.events.poll()).startsWith("ns/web InvalidAnnotation").contains("v3");
  }

  @Test
  void roundRobin_takesTurns() throws IOException {
    open(TcpBackend.named(ONE, backendPort));
    open(TcpBackend.named(TWO, backendPort));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(
        web().annotation(Balancer.ANNOTATION, "round-robin"),
        tcp(backendPort, ready(ONE), ready(TWO)));
    String first = nameAt(at(VIP, port));
    String second = nameAt(at(VIP, port));
    assertThat(List.of(first, second)).containsExactlyInAnyOrder(ONE, TWO);
    assertThat(nameAt(at(VIP, port))).isEqualTo(first);
  }

  @Test
  void leastConnections_avoidsTheBusyOne() throws IOException {
    open(TcpBackend.named(ONE, backendPort));
    open(TcpBackend.named(TWO, backendPort));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(
        web().annotation(Balancer.ANNOTATION, "least-connections"),
        tcp(backendPort, ready(ONE), ready(TWO)));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      names.add(open(new TcpClient(at(VIP, port))).readLine());
    }
    assertThat(names.stream().filter(ONE::equals)).hasSize(5);
  }

  @Test
  void blackHole_isLeftForTheNextEndpointAndAvoidedThen() throws IOException {
    ServerSocket hole = open(new ServerSocket());
    hole.bind(new InetSocketAddress(InetAddress.getByName(ONE), backendPort), 1);
    List<SocketChannel> fillers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      SocketChannel filler = open(SocketChannel.open());
      filler.configureBlocking(false);
      filler.connect(at(ONE, backendPort));
      fillers.add(filler);
    }
    open(TcpBackend.named(TWO, backendPort));
    Rig rig =
        open(new Rig(Rig.options().withDialTimes(Duration.ofMillis(100), Duration.ofMinutes(1))));
    rig.publish(
        web().annotation(Balancer.ANNOTATION, "round-robin"),
        tcp(backendPort, ready(ONE), ready(TWO)));
    for (int i = 0; i < 8; i++) {
      assertThat(nameAt(at(VIP, port))).isEqualTo(TWO);
    }
    assertThat(rig.metrics.dialFailures.sum()).isEqualTo(1);
    assertThat(rig.metrics.ejections.sum()).isEqualTo(1);
    assertThat(fillers).isNotEmpty();
  }

  @Test
  void drain_letsOpenConnectionsFinish_thenClosesThem() throws Exception {
    open(TcpBackend.named(ONE, backendPort));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(web(), tcp(backendPort, ready(ONE)));
    TcpClient client = open(new TcpClient(at(VIP, port)));
    assertThat(client.readLine()).isEqualTo(ONE);
    Thread closing = Thread.ofVirtual().start(() -> rig.proxier.close(Rig.PATIENCE));
    assertThatThrownBy(
            () -> {
              while (true) {
                nameAt(at(VIP, port));
              }
            })
        .isInstanceOf(IOException.class);
    client.send("still here\n");
    assertThat(client.readLine()).isEqualTo("still here");
    assertThat(closing.isAlive()).isTrue();
    client.close();
    assertThat(closing.join(Rig.PATIENCE)).isTrue();
  }

  @Test
  void drain_hasADeadline() throws Exception {
    open(TcpBackend.named(ONE, backendPort));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(web(), tcp(backendPort, ready(ONE)));
    TcpClient client = open(new TcpClient(at(VIP, port)));
    assertThat(client.readLine()).isEqualTo(ONE);
    rig.proxier.close(Duration.ofMillis(50));
    assertThat(client.readLine()).isEqualTo("end");
  }
}
