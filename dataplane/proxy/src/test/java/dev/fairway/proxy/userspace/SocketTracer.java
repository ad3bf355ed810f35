// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.service.AddressPlan;
import dev.fairway.service.IpAddress;
import dev.fairway.service.NodeSetup;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceScenario;
import dev.fairway.service.ServiceScenario.Probe;
import dev.fairway.service.ServiceScenarios;
import dev.fairway.service.ServiceTracer.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Puts scenarios to a userspace proxier: endpoints are real servers, clients real sockets bound to
 * the client's address. One proxier sees a scenario after the other, so it has to change its mind
 * as often as there are scenarios.
 *
 * <p>What ordinary sockets cannot do is expected to be as README says: SCTP is not served,
 * addresses that belong to no service are refused by the kernel, whatever range they are in, and
 * where some clients of an address may pass and others are to hear nothing, the others are reset
 * after they connected. All endpoints see the address that the machine itself has towards them, be
 * the connection one that kube-proxy masquerades or not.
 */
final class SocketTracer implements AutoCloseable {
  private static final int SILENCE_MILLIS = 150;
  private static final int MAX_CALLS = 300;
  private static final int MIN_CALLS = 4;

  private final Transport transport;
  private final List<AddressPlan> plans;
  private final List<AutoCloseable> endpoints = new ArrayList<>();
  private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
  private @Nullable NodeSetup setup;
  private @Nullable Rig rig;

  /** Starts the endpoints. */
  SocketTracer(Transport transport, AddressPlan... plans) throws IOException {
    this.transport = transport;
    this.plans = List.of(plans);
    for (AddressPlan plan : plans) {
      for (int i = 1; i <= ServiceScenarios.ENDPOINTS; i++) {
        String address = plan.endpoint(i).toString();
        endpoints.add(TcpBackend.witness(address, plan.ports().tcpTarget()));
        endpoints.add(new UdpBackend(address, plan.ports().udpTarget()));
      }
    }
  }

  /** What was not as expected, in words. */
  List<String> surprises(ServiceScenario scenario) throws InterruptedException {
    rigFor(scenario.setup()).publish(scenario.service());
    List<Future<String>> observations = new ArrayList<>();
    for (Probe probe : scenario.probes()) {
      observations.add(clients.submit(() -> surprise(probe)));
    }
    List<String> surprises = new ArrayList<>();
    for (int i = 0; i < observations.size(); i++) {
      String surprise;
      try {
        surprise = observations.get(i).get();
      } catch (ExecutionException e) {
        surprise = String.valueOf(e.getCause());
      }
      if (!surprise.isEmpty()) {
        Probe probe = scenario.probes().get(i);
        surprises.add(probe + " is not " + probe.expected() + ": " + surprise);
      }
    }
    return surprises;
  }

  private Rig rigFor(NodeSetup wanted) {
    Rig present = rig;
    if (present != null && wanted == setup) {
      return present;
    }
    if (present != null) {
      present.close();
    }
    List<IpAddress> nodeAddresses = plans.stream().map(plan -> plan.address("NODE")).toList();
    Rig created =
        new Rig(
            UserspaceOptions.of(NodeSetup.NODE, nodeAddresses)
                .withClusterCidrs(wanted.podRanges(plans))
                .withNodePortAddresses(wanted.nodePortSetting(plans)),
            wanted.machineAddresses(plans),
            transport);
    rig = created;
    setup = wanted;
    return created;
  }

  /** "" if the connections of the probe become what is expected. */
  private String surprise(Probe probe) throws IOException {
    Verdict expected = probe.expected().verdict();
    boolean ofNoService =
        plans.stream().anyMatch(p -> p.address("FREE").equals(probe.destination()));
    if (probe.protocol() == Protocol.SCTP) {
      return "";
    }
    if (ofNoService) {
      String observed = call(probe, true);
      return observed.equals("refused") ? "" : observed;
    }
    if (expected == Verdict.FORWARD) {
      return missing(probe);
    }
    String observed = call(probe, expected == Verdict.DROP);
    boolean clusterIp =
        plans.stream().anyMatch(plan -> plan.address("CIP").equals(probe.destination()));
    Set<String> allowed =
        switch (expected) {
          case DROP ->
              probe.protocol() == Protocol.UDP || (clusterIp && transport == Transport.EPOLL)
                  ? Set.of("silence")
                  : Set.of("silence", "reset");
          case REJECT, NOT_OURS -> Set.of("refused");
          case FORWARD -> Set.of();
        };
    return allowed.contains(observed) ? "" : observed;
  }

  /** Calls until every expected endpoint answered, and no other one. */
  private String missing(Probe probe) throws IOException {
    Set<String> expected = new HashSet<>();
    probe.expected().endpoints().forEach(endpoint -> expected.add(endpoint.toString()));
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < MAX_CALLS && (i < MIN_CALLS || seen.size() < expected.size()); i++) {
      String observed = call(probe, false);
      if (!expected.contains(observed)) {
        return observed;
      }
      seen.add(observed);
    }
    return seen.equals(expected) ? "" : "only " + seen;
  }

  private static String call(Probe probe, boolean inVain) throws IOException {
    int patience = inVain ? SILENCE_MILLIS : (int) Rig.PATIENCE.toMillis();
    return probe.protocol() == Protocol.UDP ? askUdp(probe, patience) : callTcp(probe, patience);
  }

  private static String callTcp(Probe probe, int patience) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(patience);
      socket.setSoLinger(true, 0);
      socket.bind(new InetSocketAddress(inet(probe.source()), 0));
      try {
        socket.connect(new InetSocketAddress(inet(probe.destination()), probe.port()), patience);
      } catch (SocketTimeoutException _) {
        return "silence";
      } catch (ConnectException | NoRouteToHostException _) {
        return "refused";
      } catch (SocketException e) {
        return isUnreachable(e) ? "refused" : "reset";
      }
      return line(socket);
    }
  }

  private static String line(Socket socket) throws IOException {
    StringBuilder line = new StringBuilder();
    try {
      for (int c = socket.getInputStream().read(); c != '\n'; c = socket.getInputStream().read()) {
        if (c < 0) {
          return "end";
        }
        line.append((char) c);
      }
      return endpoint(line.toString());
    } catch (SocketTimeoutException _) {
      return "silence after connecting";
    } catch (SocketException _) {
      return "reset";
    }
  }

  private static String askUdp(Probe probe, int patience) throws IOException {
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(inet(probe.source()), 0))) {
      socket.setSoTimeout(patience);
      socket.connect(new InetSocketAddress(inet(probe.destination()), probe.port()));
      return endpoint(UdpBackend.ask(socket, UdpBackend.WHO));
    } catch (SocketTimeoutException _) {
      return "silence";
    } catch (PortUnreachableException | NoRouteToHostException _) {
      return "refused";
    } catch (UncheckedIOException | SocketException e) {
      return isUnreachable(e) ? "refused" : e.toString();
    }
  }

  /** The name that an endpoint says, if it sees whom it should: this machine. */
  private static String endpoint(String answer) throws IOException {
    String[] words = answer.split(" ", 2);
    String machine;
    try (DatagramSocket towards = new DatagramSocket()) {
      towards.connect(new InetSocketAddress(words[0], 9));
      machine = IpAddress.ofBytes(towards.getLocalAddress().getAddress()).toString();
    }
    return words[1].equals(machine)
        ? words[0]
        : words[0] + " sees " + words[1] + " and not " + machine;
  }

  /** Where no route leads to the address, the kernel says so at once. */
  private static boolean isUnreachable(Exception e) {
    return String.valueOf(e.getMessage()).contains("unreachable");
  }

  private static InetAddress inet(IpAddress address) throws IOException {
    return InetAddress.getByAddress(address.toBytes());
  }

  /** The line that a process which runs a scenario elsewhere prints. */
  static String report(ServiceScenario scenario, List<String> surprises) {
    return (scenario + "\t" + String.join("; ", surprises)).replace('\n', ' ');
  }

  @Override
  public void close() throws Exception {
    clients.shutdownNow();
    if (rig != null) {
      rig.close();
    }
    for (AutoCloseable endpoint : endpoints) {
      endpoint.close();
    }
  }
}
