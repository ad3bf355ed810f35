// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.bpf.BpfOptions;
import dev.fairway.proxy.bpf.BpfProxier;
import dev.fairway.proxy.bpf.BpfSupport;
import dev.fairway.proxy.bpf.CgroupTree;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.TrafficPolicy;
import dev.fairway.testing.Jvm;
import dev.fairway.testing.OwnNetwork;
import dev.fairway.testing.Skip;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Whose address an endpoint sees: a client outside the cluster, the node with the proxier, and a
 * pod, each with a network namespace of its own. With {@code externalTrafficPolicy: Local} it is
 * the client's; with Cluster, and for clients inside, one of the node's.
 */
@Tag("root")
class ClientAddressRootIT {
  private static final int PORT = 8080;
  private static final String NODE_OUT = "203.0.113.1";
  private static final String CLIENT = "203.0.113.2";
  private static final String NODE_IN = "10.9.0.1";
  private static final String POD = "10.9.0.2";
  private static final String NODE_OUT6 = "fd00:c::1";
  private static final String CLIENT6 = "fd00:c::2";
  private static final String NODE_IN6 = "fd00:a::1";
  private static final String POD6 = "fd00:a::2";

  /** Who asks what, and whose address the endpoint must name. */
  private record Row(String name, boolean outside, String address, int port, String seen) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("outside, Local, IPv4", true, NODE_OUT, 30080, CLIENT),
          new Row("outside, Local, IPv6", true, NODE_OUT6, 30080, CLIENT6),
          new Row("outside, Cluster, IPv4", true, NODE_OUT, 30081, NODE_IN),
          new Row("outside, Cluster, IPv6", true, NODE_OUT6, 30081, NODE_IN6),
          new Row("the pod itself, Local, IPv4", false, NODE_OUT, 30080, NODE_IN),
          new Row("the pod itself, Local, IPv6", false, NODE_OUT6, 30080, NODE_IN6));

  @TestFactory
  Stream<DynamicTest> endpointsSee() throws Exception {
    Skip.unless(
        Stream.of("/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft")
            .anyMatch(file -> Files.isExecutable(Path.of(file))),
        "nft is not installed");
    List<DynamicTest> tests = new ArrayList<>(endpointsSee("", "observe"));
    if (BpfSupport.probe().isAvailable()) {
      tests.addAll(endpointsSee("steered ", "observeSteered"));
    } else {
      System.out.println("steered clients are left out: " + BpfSupport.probe().reason());
    }
    return tests.stream();
  }

  private static List<DynamicTest> endpointsSee(String kind, String method) throws Exception {
    List<String> seen =
        OwnNetwork.run(
            OwnNetwork.Need.ADDRESSES,
            ClientAddressRootIT.class,
            method,
            Stream.of(NODE_OUT, NODE_OUT6).map(IpAddress::parse).toList());
    List<DynamicTest> tests = new ArrayList<>();
    for (Row row : ROWS) {
      for (String protocol : List.of("tcp", "udp")) {
        String prefix = protocol + " " + row.name + ": ";
        tests.add(dynamicTest(kind + prefix, () -> assertThat(seen).contains(prefix + row.seen)));
      }
    }
    return tests;
  }

  /** On the node: makes the others, serves, and lets them ask. */
  static void observe(PrintStream out) throws Exception {
    observe(out, null);
  }

  /** The same where no address has a socket of its own. */
  static void observeSteered(PrintStream out) throws Exception {
    Path cgroup =
        Files.createDirectory(
            CgroupTree.root()
                .orElseThrow()
                .resolve("fairway-clients-" + ProcessHandle.current().pid()));
    try (BpfProxier programs =
        new BpfProxier(
            BpfOptions.of(Rig.NODE, options().nodeAddresses(), cgroup)
                .withRanges(options().clusterCidrs(), List.of())
                .withNodePortAddresses(options().nodePortAddresses()),
            ProxyEvents.none(),
            new ProxyMetrics())) {
      observe(out, programs);
    } finally {
      Files.delete(cgroup);
    }
  }

  private static void serve(Rig rig, @Nullable BpfProxier programs) throws Exception {
    List<ServiceInfo> services = new ArrayList<>();
    for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
      services.add(service("local", protocol, 30080, TrafficPolicy.LOCAL));
      services.add(service("cluster", protocol, 30081, TrafficPolicy.CLUSTER));
    }
    if (programs != null) {
      SteeringSockets sockets = rig.proxier.steer();
      programs.steer(
          dev.fairway.proxy.bpf.Steering.of(
              SteeringSockets.any(sockets.tcp4()),
              SteeringSockets.any(sockets.tcp6()),
              SteeringSockets.any(sockets.udp4()),
              SteeringSockets.any(sockets.udp6())));
      programs.sync(SnapshotDelta.full(ServiceSnapshot.of(1, services, Set.of())));
      assertThat(programs.awaitApplied(1, Duration.ofSeconds(20))).isTrue();
    }
    services.forEach(rig::publish);
  }

  private static void observe(PrintStream out, @Nullable BpfProxier programs) throws Exception {
    Process pod = null;
    try (OtherNetwork outside = new OtherNetwork();
        OtherNetwork inside = new OtherNetwork()) {
      outside.link(
          "c0",
          List.of(NODE_OUT + "/24", NODE_OUT6 + "/64"),
          List.of(CLIENT + "/24", CLIENT6 + "/64"));
      inside.link(
          "p0", List.of(NODE_IN + "/24", NODE_IN6 + "/64"), List.of(POD + "/24", POD6 + "/64"));
      OtherNetwork.run("ip", "addr", "flush", "dev", "lo");
      OtherNetwork.run("ip", "addr", "add", "127.0.0.1/8", "dev", "lo");
      for (String route : List.of(NODE_IN, NODE_IN6)) {
        inside.enter("ip", "route", "add", "default", "via", route);
      }
      assertThat(TransparentRouting.install()).isNull();
      assertThat(TransparentRouting.install()).isNull();
      pod = inside.start(Jvm.command(Pod.class));
      assertThat(pod.inputReader().readLine()).isEqualTo("ready");
      try (Rig rig = new Rig(options())) {
        serve(rig, programs);
        for (Row row : ROWS) {
          for (String protocol : List.of("tcp", "udp")) {
            Process client =
                (row.outside ? outside : inside)
                    .start(
                        Jvm.command(
                            Client.class, protocol, row.address, Integer.toString(row.port)));
            out.println(protocol + " " + row.name + ": " + client.inputReader().readLine());
            client.destroyForcibly();
          }
        }
      }
    } finally {
      TransparentRouting.remove();
      if (pod != null) {
        pod.destroyForcibly();
      }
    }
  }

  private static UserspaceOptions options() {
    return UserspaceOptions.of(
            Rig.NODE,
            Stream.of(NODE_OUT, NODE_OUT6, NODE_IN, NODE_IN6).map(IpAddress::parse).toList())
        .withNodePortAddresses(List.of(NODE_OUT + "/32", NODE_OUT6 + "/128"))
        .withClusterCidrs(List.of(IpPrefix.parse("10.9.0.0/24"), IpPrefix.parse("fd00:a::/64")))
        .withKeepClientAddress(true);
  }

  private static ServiceInfo service(
      String name, Protocol protocol, int nodePort, TrafficPolicy policy) {
    ServiceSettingsBuilder settings =
        ServiceInfo.Settings.of("ns", name + "-" + protocol.toString().toLowerCase(Locale.ROOT))
            .type(ServiceType.NODE_PORT)
            .clusterIp(IpAddress.parse("127.96.0.1"))
            .clusterIp(IpAddress.parse("fd00:b::1"))
            .externalPolicy(policy)
            .port("main", protocol, PORT, nodePort);
    return new ServiceInfo(
        settings.build(),
        List.of(
            Rig.slice("v4", protocol, PORT, Rig.ready(POD)),
            Rig.slice("v6", protocol, PORT, Rig.ready(POD6))));
  }

  /** The endpoint: tells each client which address it has. */
  static final class Pod {
    private Pod() {}

    /** Serves until it is ended. */
    public static void main(String[] args) throws IOException {
      ServerSocket tcp = new ServerSocket(PORT);
      DatagramSocket udp = new DatagramSocket(PORT);
      System.out.println("ready");
      Thread.ofPlatform().daemon().start(() -> answerDatagrams(udp));
      while (true) {
        try (Socket socket = tcp.accept()) {
          socket
              .getOutputStream()
              .write((text(socket.getInetAddress()) + "\n").getBytes(StandardCharsets.UTF_8));
        }
      }
    }

    private static void answerDatagrams(DatagramSocket socket) {
      try {
        while (true) {
          DatagramPacket packet = new DatagramPacket(new byte[100], 100);
          socket.receive(packet);
          packet.setData((text(packet.getAddress()) + "\n").getBytes(StandardCharsets.UTF_8));
          socket.send(packet);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static String text(InetAddress address) {
      return IpAddress.ofBytes(address.getAddress()).toString();
    }
  }

  /** A client: prints what the endpoint says. */
  static final class Client {
    private Client() {}

    /** Asks once. */
    public static void main(String[] args) throws IOException {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getByName(args[1]), Integer.parseInt(args[2]));
      if (args[0].equals("tcp")) {
        try (Socket socket = new Socket()) {
          socket.setSoTimeout(5000);
          socket.connect(address, 5000);
          System.out.print(
              new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
      } else {
        try (DatagramSocket socket = new DatagramSocket()) {
          socket.setSoTimeout(5000);
          socket.connect(address);
          System.out.print(UdpBackend.ask(socket, "who am I?"));
        }
      }
    }
  }
}
