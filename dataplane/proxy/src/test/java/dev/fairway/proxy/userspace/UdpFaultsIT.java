// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.remote;
import static dev.fairway.proxy.userspace.UdpBackend.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.proxy.userspace.UserspaceOptions.Limits;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.TrafficPolicy;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The life of UDP flows: what ends them, what must not, and how many there may be. */
class UdpFaultsIT {
  private static final String VIP = "127.96.12.10";
  private static final String OTHER_VIP = "127.96.12.11";
  private static final String ONE = "127.64.12.1";
  private static final String TWO = "127.64.12.2";

  private final List<Integer> ports = freePorts(3);
  private final int port = ports.get(0);
  private final int target = ports.get(1);
  private final int otherTarget = ports.get(2);
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

  private ServiceSettingsBuilder dns(String name, String vip) {
    return ServiceInfo.Settings.of("ns", name).clusterIp(vip).port("main", Protocol.UDP, port, 0);
  }

  private SliceEndpoints udp(Rig.Ep... endpoints) {
    return Rig.slice("s", Protocol.UDP, target, endpoints);
  }

  private DatagramSocket client(String vip) throws IOException {
    DatagramSocket socket =
        open(new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0)));
    socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
    socket.connect(at(vip, port));
    return socket;
  }

  @Test
  void changeOfPolicy_keepsFlowsToEndpointsThatServe() throws IOException {
    open(new UdpBackend(ONE, target));
    open(new UdpBackend(TWO, target));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(dns("dns", VIP), udp(remote(ONE)));
    DatagramSocket client = client(VIP);
    assertThat(ask(client, "a")).isEqualTo(ONE + " a");
    rig.publish(dns("dns", VIP).internalPolicy(TrafficPolicy.LOCAL), udp(remote(ONE), ready(TWO)));
    assertThat(ask(client, "b")).isEqualTo(ONE + " b");
    assertThat(ask(client(VIP), "c")).isEqualTo(TWO + " c");
    assertThat(rig.metrics.udpStale.sum()).isZero();
  }

  @Test
  void changeOfTheTargetPort_endsTheFlow() throws IOException {
    UdpBackend old = open(new UdpBackend(ONE, target));
    UdpBackend moved = open(new UdpBackend(ONE, otherTarget));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(dns("dns", VIP), udp(ready(ONE)));
    DatagramSocket client = client(VIP);
    ask(client, "a");
    rig.publish(dns("dns", VIP), Rig.slice("s", Protocol.UDP, otherTarget, ready(ONE)));
    assertThat(ask(client, "b")).isEqualTo(ONE + " b");
    assertThat(List.of(old.datagrams.get(), moved.datagrams.get())).containsExactly(1, 1);
    assertThat(rig.metrics.udpStale.sum()).isEqualTo(1);
  }

  @Test
  void serviceThatIsMadeAnew_servesTheSameClientSocket() throws IOException {
    open(new UdpBackend(ONE, target));
    open(new UdpBackend(TWO, target));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(dns("dns", VIP), udp(ready(ONE)));
    DatagramSocket client = client(VIP);
    ask(client, "a");
    rig.remove("ns", "dns");
    assertThat(rig.metrics.udpActive).hasValue(0);
    assertThatThrownBy(() -> ask(client, "b")).isInstanceOf(PortUnreachableException.class);
    rig.publish(dns("again", VIP), udp(ready(TWO)));
    assertThat(ask(client, "c")).isEqualTo(TWO + " c");
  }

  @Test
  void clientThatAskedTooEarly_isServedWhenEndpointsCome() throws IOException {
    open(new UdpBackend(ONE, target));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(dns("dns", VIP).internalPolicy(TrafficPolicy.LOCAL), udp(remote(ONE)));
    DatagramSocket client = client(VIP);
    client.setSoTimeout(150);
    assertThatThrownBy(() -> ask(client, "early")).isInstanceOf(SocketTimeoutException.class);
    client.setSoTimeout((int) Rig.PATIENCE.toMillis());
    rig.publish(dns("dns", VIP).internalPolicy(TrafficPolicy.LOCAL), udp(ready(ONE)));
    assertThat(ask(client, "now")).isEqualTo(ONE + " now");
  }

  @Test
  void flowThatWasNeverAnswered_endsSooner() throws Exception {
    assertThat(List.of(Limits.DEFAULT.udpUnanswered(), Limits.DEFAULT.udpIdle()))
        .containsExactly(Duration.ofSeconds(30), Duration.ofSeconds(120));
    open(new UdpBackend(ONE, target));
    DatagramSocket hole =
        open(new DatagramSocket(new InetSocketAddress(InetAddress.getByName(TWO), target)));
    Rig rig = rig(Limits.DEFAULT.withUdpIdle(Duration.ofMillis(40), Duration.ofMinutes(10)));
    rig.publish(dns("answered", VIP), udp(ready(ONE)));
    rig.publish(dns("silent", OTHER_VIP), udp(ready(TWO)));
    ask(client(VIP), "a");
    DatagramSocket unanswered = client(OTHER_VIP);
    unanswered.setSoTimeout(1);
    assertThatThrownBy(() -> ask(unanswered, "b")).isInstanceOf(SocketTimeoutException.class);
    hole.receive(new DatagramPacket(new byte[1], 1));
    long deadline = System.nanoTime() + Rig.PATIENCE.toNanos();
    while (rig.metrics.udpActive.get() > 1 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(rig.metrics.udpActive).hasValue(1);
  }

  /** Netty's channels leave them out; all that counts is that the others pass. */
  @Test
  void emptyDatagrams_disturbNothing() throws Exception {
    open(new UdpBackend(ONE, target));
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(dns("dns", VIP), udp(ready(ONE)));
    DatagramSocket client = client(VIP);
    for (int i = 0; i < 3; i++) {
      client.send(new DatagramPacket(new byte[0], 0));
      assertThat(ask(client, "" + i)).isEqualTo(ONE + " " + i);
    }
  }

  @Test
  void clientThatIsGone_disturbsNobody() throws Exception {
    DatagramSocket endpoint =
        open(new DatagramSocket(new InetSocketAddress(InetAddress.getByName(ONE), target)));
    endpoint.setSoTimeout((int) Rig.PATIENCE.toMillis());
    Rig rig = rig(Limits.DEFAULT);
    rig.publish(dns("dns", VIP), udp(ready(ONE)));
    DatagramSocket gone = client(VIP);
    DatagramSocket stays = client(VIP);
    byte[] text = {'x'};
    gone.send(new DatagramPacket(text, 1));
    DatagramPacket ofGone = new DatagramPacket(new byte[10], 10);
    endpoint.receive(ofGone);
    gone.close();
    for (int i = 0; i < 20; i++) {
      endpoint.send(new DatagramPacket(text, 1, ofGone.getSocketAddress()));
      stays.send(new DatagramPacket(text, 1));
      DatagramPacket ofStays = new DatagramPacket(new byte[10], 10);
      endpoint.receive(ofStays);
      endpoint.send(new DatagramPacket(text, 1, ofStays.getSocketAddress()));
      stays.receive(new DatagramPacket(new byte[10], 10));
    }
    assertThat(rig.metrics.udpActive).hasValue(2);
  }

  @Test
  void limitOfAllFlows_holdsForServicesTogether() throws Exception {
    open(new UdpBackend(ONE, target));
    Rig rig = rig(Limits.DEFAULT.withUdp(8, 100));
    rig.publish(dns("one", VIP), udp(ready(ONE)));
    rig.publish(dns("two", OTHER_VIP), udp(ready(ONE)));
    for (int i = 0; i < 40; i++) {
      assertThat(ask(client(i % 2 == 0 ? VIP : OTHER_VIP), "x")).isEqualTo(ONE + " x");
    }
    assertThat(rig.metrics.udpActive.get()).isBetween(1L, 8L);
    assertThat(rig.metrics.udpEvicted.sum()).isGreaterThanOrEqualTo(32);
  }

  @Test
  void limitOfAService_isReportedOnce() throws Exception {
    open(new UdpBackend(ONE, target));
    Rig rig = rig(Limits.DEFAULT.withUdp(100, 2));
    rig.publish(dns("dns", VIP), udp(ready(ONE)));
    for (int i = 0; i < 5; i++) {
      ask(client(VIP), "x");
    }
    assertThat(rig.events.poll(10, TimeUnit.SECONDS)).startsWith("ns/dns LimitReached");
    assertThat(rig.events).isEmpty();
  }
}
