// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.routes.RouteTable.Route;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.testing.Jvm;
import dev.fairway.testing.Skip;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Routes in a real kernel: everything happens in a process with a network namespace of its own. */
@Tag("root")
class RouteSocketRootIT {
  private static final int MANY = 44_125;
  private static final String NODE = "192.0.2.7";
  private static String output = "";

  @BeforeAll
  static void observe() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--net",
                "sh",
                "-c",
                "set -e; ip link set lo up; ip addr add "
                    + NODE
                    + "/32 dev lo; ip addr add fd00:7::7/128 dev lo nodad; exec \"$@\"",
                "sh"));
    command.addAll(Jvm.command(RouteSocketRootIT.class));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      Skip.because("unshare is not there: " + e.getMessage());
      return;
    }
    output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    if (output.contains("unshare failed") || output.contains("ip: not found")) {
      Skip.because("no network namespaces here (needs root, unshare, ip): " + output.strip());
    }
  }

  @Test
  void aRouteMakesAnAddressLocalAndTheNodeTheSource() {
    assertThat(output)
        .contains("10.96.0.10 answers 192.0.2.7\n")
        .contains("fd00:96::a answers fd00:7::7\n");
  }

  @Test
  void whoeverListensOnEveryAddressDoesNotAnswer() {
    if (output.contains("guard: nft cannot be run")) {
      Skip.because("nft is not installed");
    }
    assertThat(output)
        .contains("10.96.0.10 without the guard: answered\n")
        .contains("10.96.0.10 with the guard: refused\n")
        .contains("192.0.2.7 with the guard: answered\n");
  }

  @Test
  void anAddressOfTheMachineIsLeftAlone() {
    assertThat(output).contains("left alone: [192.0.2.7]\n");
  }

  @Test
  void routesOutliveTheirProcessAndAreFoundAgain() {
    assertThat(output)
        .contains("found again: [10.96.0.10, fd00:96::a]\n")
        .contains("after the clean-up: []\n");
  }

  @Test
  void manyRoutesComeAndGo() {
    assertThat(output)
        .contains("many: " + 2 * MANY + " present\n")
        .contains("removed twice: 0 present\n");
  }

  /** In the namespace. */
  public static void main(String[] arguments) throws Exception {
    ServiceInfo web =
        new ServiceInfo(
            ServiceInfo.Settings.of("ns", "web")
                .clusterIp("10.96.0.10")
                .clusterIp("fd00:96::a")
                .port("http", 80)
                .build(),
            List.of());
    ServiceSnapshot snapshot = ServiceSnapshot.of(1, List.of(web), Set.of("ns"));
    try (VipRoutes routes =
        VipRoutes.open(
            new VipRoutes.Options(
                List.of(IpAddress.parse(NODE), IpAddress.parse("fd00:7::7")),
                Set.of(),
                Links::ofMachine),
            ProxyEvents.none())) {
      try (ServerSocket everywhere = new ServerSocket(8080)) {
        serve(everywhere);
        RouteSocket socket = RouteSocket.open();
        IpAddress early = IpAddress.parse("10.96.0.10");
        socket.add(List.of(new Route(early, IpAddress.parse(NODE))));
        say("10.96.0.10 without the guard: " + ask("10.96.0.10"));
        socket.remove(List.of(early));
        socket.close();
        routes.prepare(SnapshotDelta.full(snapshot));
        routes.retire();
        awaitGuard();
        say("10.96.0.10 with the guard: " + ask("10.96.0.10"));
        say(NODE + " with the guard: " + ask(NODE));
      }
      // Java's sockets cannot ask for it (IPV6_FREEBIND); ours do.
      Files.writeString(Path.of("/proc/sys/net/ipv6/ip_nonlocal_bind"), "1");
      for (String vip : List.of("10.96.0.10", "fd00:96::a")) {
        try (ServerSocket server = new ServerSocket(8081, 5, InetAddress.getByName(vip));
            Socket client = new Socket(InetAddress.getByName(vip), 8081);
            Socket accepted = server.accept()) {
          say(
              vip
                  + " answers "
                  + IpAddress.ofBytes(accepted.getInetAddress().getAddress())
                  + (client.isConnected() ? "" : " not"));
        }
      }
    }
    try (RouteSocket socket = RouteSocket.open()) {
      say("found again: " + socket.present().stream().sorted().toList());
      say(
          "left alone: "
              + socket.add(List.of(new Route(IpAddress.parse(NODE), IpAddress.parse(NODE)))));
    }
    VipRoutes.removeAll();
    try (RouteSocket socket = RouteSocket.open()) {
      say("after the clean-up: " + socket.present());
      many(socket);
    }
  }

  private static void many(RouteSocket socket) throws IOException {
    List<Route> routes = new ArrayList<>();
    Set<IpAddress> addresses = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      IpAddress v4 = IpAddress.ofIpv4(0x0a60_0000 + i);
      IpAddress v6 = IpAddress.ofIpv6(0xfd00_0096_0000_0000L, i + 1);
      routes.add(new Route(v4, IpAddress.parse(NODE)));
      routes.add(new Route(v6, IpAddress.parse("fd00:7::7")));
      addresses.add(v4);
      addresses.add(v6);
    }
    long start = System.nanoTime();
    socket.add(routes);
    long added = System.nanoTime();
    say("many: " + socket.present().size() + " present");
    long listed = System.nanoTime();
    socket.remove(addresses);
    socket.remove(addresses);
    say(
        "adding took "
            + TimeUnit.NANOSECONDS.toMillis(added - start)
            + " ms, listing "
            + TimeUnit.NANOSECONDS.toMillis(listed - added)
            + " ms, removing twice "
            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - listed)
            + " ms");
    say("removed twice: " + socket.present().size() + " present");
  }

  private static void serve(ServerSocket socket) {
    Thread.ofVirtual()
        .start(() -> {
          while (!socket.isClosed()) {
            try {
              socket.accept().close();
            } catch (IOException _) {
              return;
            }
          }
        });
  }

  private static String ask(String address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(address), 8080), 2000);
      return "answered";
    } catch (ConnectException _) {
      return "refused";
    }
  }

  /** The rule is made in the background. */
  private static void awaitGuard() throws Exception {
    for (int i = 0; i < 500; i++) {
      Process list;
      try {
        list =
            new ProcessBuilder("nft", "list", "table", "inet", "fairway-guard")
                .redirectError(Redirect.DISCARD)
                .start();
      } catch (IOException e) {
        say("guard: nft cannot be run");
        return;
      }
      String text = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (list.waitFor() == 0 && text.contains("10.96.0.10")) {
        return;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    say("guard: there is none");
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
