// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.AddressPlan;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.NodeSetup;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceScenario;
import dev.fairway.service.ServiceScenario.Probe;
import dev.fairway.service.ServiceScenarios;
import dev.fairway.service.ServiceTracer.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Puts scenarios to a BPF proxier: endpoints are real servers; clients on the node are sockets of
 * the cgroup, all others are sockets outside of it, whose packets are steered. Of those it is only
 * seen whether they come to the userspace proxier, as that chooses the endpoint.
 */
final class ScenarioTracer implements AutoCloseable {
  private static final String STEERED = "steered";
  private static final int SILENCE_MILLIS = 100;
  private static final int PATIENCE_MILLIS = 2000;
  private static final int MAX_CALLS = 100;
  private static final int MIN_CALLS = 3;
  private static final Set<String> ON_THE_NODE = Set.of("POD", "NODE", "SELF");

  private final Path inside;
  private final boolean onTheNode;
  private final List<AddressPlan> plans;
  private final ExecutorService clients = Executors.newFixedThreadPool(16);
  private final AtomicInteger datagrams = new AtomicInteger();
  private final SilentSockets silent = SilentSockets.open();
  private final Userspace userspace;
  private @Nullable NodeSetup setup;
  private @Nullable Bed bed;

  /**
   * Moves this process to where such clients are.
   *
   * @param onTheNode whether clients are those on the node, or all others
   */
  ScenarioTracer(Path cgroup, boolean onTheNode, Userspace userspace, AddressPlan... plans)
      throws IOException {
    this.userspace = userspace;
    this.onTheNode = onTheNode;
    this.plans = List.of(plans);
    inside = cgroup.resolve("inside");
    if (!Files.isDirectory(inside)) {
      Files.createDirectory(inside);
    }
    Path home = onTheNode ? inside : cgroup;
    Files.writeString(home.resolve("cgroup.procs"), "" + ProcessHandle.current().pid());
  }

  /** Starts the endpoints of the plans; they end with the process. */
  static void startEndpoints(AddressPlan... plans) throws IOException {
    for (AddressPlan plan : plans) {
      for (int i = 1; i <= ServiceScenarios.ENDPOINTS; i++) {
        String address = plan.endpoint(i).toString();
        AutoCloseable _ = Bed.tcp(address, plan.ports().tcpTarget());
        AutoCloseable _ = Bed.udp(address, plan.ports().udpTarget());
      }
    }
  }

  /** What was not as expected, in words. */
  List<String> surprises(ServiceScenario scenario) throws InterruptedException {
    bedFor(scenario.setup()).publish(scenario.service());
    List<Probe> probes = scenario.probes().stream().filter(this::isAsked).toList();
    List<Future<String>> observations = new ArrayList<>();
    for (Probe probe : probes) {
      observations.add(clients.submit(() -> surprise(scenario, probe)));
    }
    List<String> surprises = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      String surprise;
      try {
        surprise = observations.get(i).get();
      } catch (ExecutionException e) {
        surprise = String.valueOf(e.getCause());
      }
      if (!surprise.isEmpty()) {
        surprises.add(probes.get(i) + " is not " + probes.get(i).expected() + ": " + surprise);
      }
    }
    return surprises;
  }

  private boolean isAsked(Probe probe) {
    String source = probe.name().substring(0, probe.name().indexOf(' '));
    return probe.protocol() != Protocol.SCTP && ON_THE_NODE.contains(source) == onTheNode;
  }

  private Bed bedFor(NodeSetup wanted) {
    Bed present = bed;
    if (present != null && wanted == setup) {
      return present;
    }
    if (present != null) {
      present.close();
    }
    BpfOptions options =
        BpfOptions.of(
                NodeSetup.NODE, plans.stream().map(plan -> plan.address("NODE")).toList(), inside)
            .withRanges(
                wanted.podRanges(plans), plans.stream().map(p -> p.range("SERVICES")).toList())
            .withNodePortAddresses(wanted.nodePortSetting(plans));
    Bed created = new Bed(options, wanted.machineAddresses(plans));
    created.proxier.steer(userspace.steering().withSilent(silent));
    bed = created;
    setup = wanted;
    return created;
  }

  /** "" if the connections of the probe become what is expected. */
  private String surprise(ServiceScenario scenario, Probe probe) throws InterruptedException {
    Set<String> allowed =
        switch (probe.expected().verdict()) {
          case FORWARD -> forwarded(scenario, probe);
          case REJECT -> Set.of("refused");
          case DROP -> Set.of("silence");
          case NOT_OURS -> Set.of("refused", "unreachable");
        };
    Set<String> seen = new HashSet<>();
    boolean all = probe.expected().verdict() == Verdict.FORWARD;
    for (int i = 0; i < (all ? MAX_CALLS : 1); i++) {
      String observed = call(probe, allowed.contains(STEERED));
      if (!allowed.contains(observed)) {
        return observed + ", allowed is " + allowed;
      }
      seen.add(observed);
      if (i + 1 >= MIN_CALLS && seen.equals(allowed)) {
        return "";
      }
    }
    return all ? "only " + seen : "";
  }

  /** Who may answer, and everybody does some time. */
  private Set<String> forwarded(ServiceScenario scenario, Probe probe) {
    ServiceInfo service = scenario.service();
    if (!onTheNode
        || (service.loadBalancerIps().contains(probe.destination())
            && !effectiveRanges(service, probe).isEmpty())) {
      return Set.of(STEERED);
    }
    Set<String> endpoints = new HashSet<>();
    probe.expected().endpoints().forEach(endpoint -> endpoints.add(endpoint.toString()));
    if (scenario.setup() == NodeSetup.NO_POD_RANGES) {
      // Whatever is said about pods, a socket of this node is one.
      for (int i : new int[] {1, 5}) {
        endpoints.add(scenario.plans().get(0).endpoint(i).toString());
      }
    }
    return endpoints;
  }

  private static List<IpPrefix> effectiveRanges(ServiceInfo service, Probe probe) {
    List<IpPrefix> own =
        service.sourceRanges().stream()
            .filter(range -> range.family() == probe.destination().family())
            .toList();
    return own.stream().anyMatch(IpPrefix::isZero) ? List.of() : own;
  }

  private String call(Probe probe, boolean steered) throws InterruptedException {
    boolean six = !probe.destination().isV4();
    boolean udp = probe.protocol() == Protocol.UDP;
    int patience = probe.expected().verdict() == Verdict.DROP ? SILENCE_MILLIS : PATIENCE_MILLIS;
    try (NativeSocket socket =
        udp
            ? (six ? NativeSocket.udp6() : NativeSocket.udp4())
            : (six ? NativeSocket.tcp6() : NativeSocket.tcp4())) {
      socket.patience(patience);
      int error = socket.comeFrom(probe.source().toString());
      error = error == 0 ? socket.connect(probe.destination().toString(), probe.port()) : error;
      if (error != 0) {
        return word(error);
      }
      return udp ? ask(socket, steered) : socket.receive();
    }
  }

  private String ask(NativeSocket socket, boolean steered) throws InterruptedException {
    String text = "datagram-" + datagrams.incrementAndGet();
    int error = socket.send(text);
    if (error != 0) {
      return word(error);
    }
    if (steered && userspace.awaitDatagram(text)) {
      // Nobody answers these.
      return STEERED;
    }
    String answer = socket.receive();
    return answer.startsWith("error ")
        ? word(Integer.parseInt(answer.substring(6)))
        : answer.substring(0, answer.indexOf(' '));
  }

  private static String word(int error) {
    return switch (error) {
      case NativeSocket.ECONNREFUSED -> "refused";
      case NativeSocket.ENETUNREACH, NativeSocket.EHOSTUNREACH -> "unreachable";
      case NativeSocket.EINPROGRESS, NativeSocket.EAGAIN -> "silence";
      default -> "error " + error;
    };
  }

  @Override
  public void close() {
    clients.shutdownNow();
    if (bed != null) {
      bed.close();
    }
    silent.close();
  }

  /** A userspace proxier that takes everything, and ends with the process. */
  static final class Userspace {
    private final Map<String, CountDownLatch> datagrams = new ConcurrentHashMap<>();
    private final List<NativeSocket> listeners =
        List.of(NativeSocket.tcp4(), NativeSocket.tcp6(), NativeSocket.udp4(), NativeSocket.udp6());

    Userspace() throws IOException {
      for (int i = 0; i < listeners.size(); i++) {
        NativeSocket listener = listeners.get(i).patience(0);
        if (listener.serve(i % 2 == 0 ? "127.0.0.1" : "::1", 7000) != 0) {
          throw new IOException("no listener");
        }
        Thread.ofPlatform().daemon().start(i < 2 ? () -> greet(listener) : () -> note(listener));
      }
    }

    Steering steering() {
      List<Integer> fds = listeners.stream().map(NativeSocket::fd).toList();
      return Steering.of(fds.get(0), fds.get(1), fds.get(2), fds.get(3));
    }

    private CountDownLatch latch(String text) {
      return datagrams.computeIfAbsent(text, _ -> new CountDownLatch(1));
    }

    boolean awaitDatagram(String text) throws InterruptedException {
      return latch(text).await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static void greet(NativeSocket listener) {
      while (listener.greet(STEERED) == 0) {
        // Until the process ends.
      }
    }

    private void note(NativeSocket listener) {
      String text = listener.receive();
      while (!text.startsWith("error")) {
        latch(text.substring(0, text.indexOf(' '))).countDown();
        text = listener.receive();
      }
    }
  }
}
