// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** UDP and TCP as a client with plain sockets sees them. */
class DnsSocketsIT {
  private final ClusterModel model = TestServers.webAndBig(3000);
  private final List<DnsServer> servers = new ArrayList<>();
  private DnsServer server;

  @BeforeEach
  void start() throws Exception {
    server = start(ServerOptions.defaults());
    server.onSnapshot(model.step());
  }

  private DnsServer start(ServerOptions options) throws IOException {
    DnsServer started = TestServers.start(TestServers.options().withServer(options));
    servers.add(started);
    return started;
  }

  @AfterEach
  void stop() {
    servers.forEach(DnsServer::close);
  }

  /** Zero octets, less than a header and a response are no queries, and harm nobody. */
  @ParameterizedTest(name = "in batches {0}")
  @ValueSource(booleans = {true, false})
  void udp_ignoresWhatIsNoQuery(boolean batched) throws Exception {
    DnsServer other = start(ServerOptions.defaults().withBatchedUdp(batched));
    other.onSnapshot(new ClusterModel(model).step());
    Message answer = TestClient.question("web.default.svc.cluster.local. A");
    answer.getHeader().setFlag(Flags.QR);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(10_000);
      socket.connect(other.address());
      for (byte[] datagram : List.of(new byte[0], new byte[11], answer.toWire())) {
        socket.send(new DatagramPacket(datagram, datagram.length));
      }
      byte[] query = TestClient.question("web.default.svc.cluster.local. A").toWire();
      socket.send(new DatagramPacket(query, query.length));
      DatagramPacket packet = new DatagramPacket(new byte[512], 512);
      socket.receive(packet);

      assertThat(Arrays.copyOf(packet.getData(), 2)).isEqualTo(Arrays.copyOf(query, 2));
    }
  }

  @ParameterizedTest(name = "in batches {0}")
  @ValueSource(booleans = {true, false})
  void udp_answersEachOfManyInABurst(boolean batched) throws Exception {
    server = start(ServerOptions.defaults().withBatchedUdp(batched));
    server.onSnapshot(new ClusterModel(model).step());
    Set<Integer> open = new HashSet<>();
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(10_000);
      socket.connect(server.address());
      for (int i = 0; i < 64; i++) {
        Message query = TestClient.question("web.default.svc.cluster.local. A");
        query.getHeader().setID(i);
        byte[] wire = query.toWire();
        socket.send(new DatagramPacket(wire, wire.length));
        open.add(i);
      }
      while (!open.isEmpty()) {
        DatagramPacket packet = new DatagramPacket(new byte[512], 512);
        socket.receive(packet);
        Message response = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        assertThat(open.remove(response.getHeader().getID())).isTrue();
        assertThat(response.getSection(Section.ANSWER)).hasSize(1);
      }
    }
  }

  @Test
  void udp_truncatesAndTcpAnswersInFull() throws Exception {
    Message query = TestClient.question("big.default.svc.cluster.local. A");
    Message cut = TestClient.udp(server.address(), query);
    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(cut.getSection(Section.ANSWER)).isNotEmpty();

    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, TestClient.framed(query));
      Message whole = TestClient.receive(socket);
      assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
      assertThat(whole.getSection(Section.ANSWER))
          .hasSize(3000)
          .containsAll(cut.getSection(Section.ANSWER));
    }
  }

  @Test
  void tcp_takesSeveralQueriesInOneSegment() throws Exception {
    ByteArrayOutputStream segment = new ByteArrayOutputStream();
    for (String type : List.of("A", "AAAA", "SRV")) {
      segment.writeBytes(
          TestClient.framed(TestClient.question("web.default.svc.cluster.local. " + type)));
    }
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, segment.toByteArray());
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(1);
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).isEmpty();
      assertThat(TestClient.receive(socket).getSection(Section.ADDITIONAL)).hasSize(1);
    }
  }

  @Test
  void tcp_takesAQueryOctetByOctet() throws Exception {
    try (Socket socket = TestClient.connect(server.address())) {
      for (byte octet :
          TestClient.framed(TestClient.question("web.default.svc.cluster.local. A"))) {
        TestClient.send(socket, new byte[] {octet});
      }
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(1);
    }
  }

  @Test
  void tcp_answersAClientThatHasShutItsOutput() throws Exception {
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(
          socket, TestClient.framed(TestClient.question("big.default.svc.cluster.local. A")));
      socket.shutdownOutput();
      assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(3000);
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void tcp_holdsALotOfAnswersForASlowReader() throws Exception {
    byte[] query = TestClient.framed(TestClient.question("big.default.svc.cluster.local. A"));
    int queries = 200;
    try (Socket socket = TestClient.connect(server.address())) {
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; i < queries; i++) {
                    TestClient.send(socket, query);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      for (int i = 0; i < queries; i++) {
        assertThat(TestClient.receive(socket).getSection(Section.ANSWER)).hasSize(3000);
      }
      writer.join();
    }
  }

  @Test
  void tcp_closesOnAFrameThatIsNoMessage() throws Exception {
    for (byte[] frame : new byte[][] {{0, 0}, {0, 5, 1, 2, 3, 4, 5}}) {
      try (Socket socket = TestClient.connect(server.address())) {
        TestClient.send(socket, frame);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void tcp_takesTheLargestFrame() throws Exception {
    byte[] query =
        Arrays.copyOf(TestClient.question("web.default.svc.cluster.local. A").toWire(), 65_535);
    try (Socket socket = TestClient.connect(server.address())) {
      TestClient.send(socket, new byte[] {(byte) 0xff, (byte) 0xff});
      TestClient.send(socket, query);
      assertThat(TestClient.receive(socket).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void tcp_closesIdleConnectionsHoweverManyOctetsTrickleIn() throws Exception {
    DnsServer impatient =
        start(ServerOptions.defaults().withTcpIdleTimeout(Duration.ofMillis(100)));
    try (Socket socket = TestClient.connect(impatient.address())) {
      TestClient.send(socket, new byte[] {0, 100, 1, 2});
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void tcp_refusesTooManyConnectionsOfAClient() throws Exception {
    DnsServer small = start(ServerOptions.defaults().withMaxTcpConnections(10, 1));
    small.onSnapshot(new ClusterModel(model).step());
    byte[] query = TestClient.framed(TestClient.question("web.default.svc.cluster.local. A"));
    try (Socket first = TestClient.connect(small.address())) {
      TestClient.send(first, query);
      TestClient.receive(first);
      try (Socket second = TestClient.connect(small.address())) {
        assertThat(endOf(second)).isEqualTo(-1);
      }
      TestClient.send(first, query);
      assertThat(TestClient.receive(first).getSection(Section.ANSWER)).hasSize(1);
    }
  }

  /** A refused connection ends or is reset. */
  private static int endOf(Socket socket) {
    try {
      return socket.getInputStream().read();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void change_isVisibleWhenTheListenerReturns() throws Exception {
    model.service("default/late").clusterIp("127.96.0.99");
    server.onSnapshot(model.step());

    assertThat(
            TestClient.udp(server.address(), "late.default.svc.cluster.local. A")
                .getSection(Section.ANSWER))
        .hasSize(1);
  }

  @Test
  void severalAddresses_areServedAndOthersReported() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.96.0.11"))) {
      List<InetSocketAddress> refused = new ArrayList<>();
      InetSocketAddress busy = (InetSocketAddress) taken.getLocalSocketAddress();
      InetSocketAddress other = new InetSocketAddress(InetAddress.getByName("127.96.0.10"), 0);
      DnsServer many =
          DnsServer.start(
              TestServers.options().withListen(List.of(TestServers.anyPort(), busy, other)),
              (address, reason) -> refused.add(address));
      servers.add(many);
      many.onSnapshot(new ClusterModel(model).step());

      assertThat(refused).containsExactly(busy);
      assertThat(many.addresses()).hasSize(2);
      Message response = TestClient.udp(many.addresses().getLast(), "cluster.local. NS");
      assertThat(response.getSection(Section.ANSWER).getFirst().rdataToString())
          .describedAs("the service with our address")
          .isEqualTo("web.default.svc.cluster.local.");
    }
  }

  @Test
  void specialNames_doNotLeak() throws Exception {
    assertThat(TestClient.udp(server.address(), "db.localhost. A").getSection(Section.ANSWER))
        .singleElement()
        .satisfies(record -> assertThat(record.rdataToString()).isEqualTo("127.0.0.1"));
    assertThat(TestClient.udp(server.address(), "x.onion. A").getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(TestClient.udp(server.address(), "example.com. A").getRcode())
        .isEqualTo(Rcode.REFUSED);
  }

  @Test
  void metrics_countUnderTheNamesOfCoreDns() throws Exception {
    TestClient.udp(server.address(), "web.default.svc.cluster.local. A");
    TestClient.udp(server.address(), "nope.default.svc.cluster.local. HTTPS");

    String labels =
        "server=\"dns://127.0.0.1:"
            + server.address().getPort()
            + "\",zone=\"cluster.local.\",view=\"\"";
    assertThat(server.metrics().prometheus())
        .contains(
            "# TYPE coredns_dns_requests_total counter\n",
            "coredns_dns_requests_total{" + labels + ",proto=\"udp\",family=\"1\",type=\"A\"} 1\n",
            "coredns_dns_requests_total{"
                + labels
                + ",proto=\"udp\",family=\"1\",type=\"HTTPS\"} 1\n",
            "coredns_dns_responses_total{"
                + labels
                + ",rcode=\"NOERROR\",plugin=\"kubernetes\"} 1\n",
            "coredns_dns_responses_total{"
                + labels
                + ",rcode=\"NXDOMAIN\",plugin=\"kubernetes\"} 1\n",
            "# TYPE coredns_dns_request_duration_seconds histogram\n",
            "coredns_dns_request_duration_seconds_bucket{" + labels + ",le=\"+Inf\"} 2\n",
            "coredns_dns_request_duration_seconds_count{" + labels + "} 2\n",
            "coredns_dns_request_size_bytes_bucket{" + labels + ",proto=\"udp\",le=\"0\"} 0\n",
            "coredns_dns_request_size_bytes_bucket{" + labels + ",proto=\"udp\",le=\"100\"} 2\n",
            "coredns_dns_response_size_bytes_count{" + labels + ",proto=\"udp\"} 2\n",
            "coredns_build_info{version=",
            "coredns_plugin_enabled{" + labels + ",name=\"kubernetes\"} 1\n");
  }
}
