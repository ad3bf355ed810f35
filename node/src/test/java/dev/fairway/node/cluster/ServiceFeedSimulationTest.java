// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ReflectorOptions;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceTracer;
import dev.fairway.service.ServiceTracer.Trace;
import dev.fairway.service.ServiceTracer.Verdict;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import dev.fairway.service.source.TrackerOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * From an API server that misbehaves through reflectors and the model to what a proxier programs:
 * it ends where a naive model says, and no step on the way takes an endpoint from a client that was
 * ready all along.
 */
@Timeout(120)
class ServiceFeedSimulationTest {
  private static final NodeTopology NODE = new NodeTopology("node-1", "");
  private static final ServiceTracer TRACER =
      new ServiceTracer(NODE, Set.of(), List.of(), Set.of());
  private static final IpAddress CLIENT = IpAddress.parse("10.2.0.1");

  static LongStream seeds() {
    return LongStream.range(0, 16);
  }

  /** Programs what deltas name as changed, and nothing else. */
  private static final class ModelProxier implements SnapshotListener {
    private final Map<String, String> programmed = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private ServiceSnapshot last = ServiceSnapshot.empty();
    private int steps;

    @Override
    public synchronized void onSnapshot(SnapshotDelta delta) {
      steps++;
      if (delta.before() != last) {
        problems.add("step " + steps + " is not from the snapshot before");
      }
      last = delta.after();
      for (ServiceName name : delta.changed()) {
        if (last.service(name) == null) {
          programmed.remove(name.name());
        } else {
          programmed.put(name.name(), endpoints(trace(name.name())));
        }
      }
      if (!programmed.getOrDefault(ScriptedWorld.STEADY, "").contains(ScriptedWorld.PERMANENT)) {
        problems.add("step " + steps + ": " + programmed);
      }
      notifyAll();
    }

    private Trace trace(String service) {
      IpAddress address = IpAddress.parse(ScriptedWorld.clusterIp(service));
      return TRACER.trace(last, CLIENT, address, 80, Protocol.TCP);
    }

    private static String endpoints(Trace trace) {
      if (trace.verdict() != Verdict.FORWARD && trace.verdict() != Verdict.REJECT) {
        return trace.verdict().toString();
      }
      EndpointSet candidates = trace.candidates();
      TreeSet<String> addresses = new TreeSet<>();
      for (int i = 0; i < candidates.size(); i++) {
        addresses.add(candidates.address(i) + ":" + candidates.port(i));
      }
      return String.join(",", addresses);
    }

    /** What is programmed once it is as expected, or after a while. */
    synchronized Map<String, String> await(Map<String, String> expected)
        throws InterruptedException {
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (!programmed.equals(expected) && System.nanoTime() < end) {
        wait(100);
      }
      return Map.copyOf(programmed);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void proxierConverges_andNeverLosesAnEndpointThatWasReadyAllAlong(long seed) throws Exception {
    ScriptedApiServer server = new ScriptedApiServer(seed);
    ModelProxier proxier = new ModelProxier();
    SplittableRandom random = new SplittableRandom(seed);
    ServiceFeed feed =
        new ServiceFeed(
            new KubeClient(server),
            new TrackerOptions(Duration.ZERO, Instant.EPOCH),
            () -> ReflectorOptions.defaults().with(new HastyTimers(), random.split()));
    try (feed) {
      feed.addListener(proxier);
      feed.startForProxy();
      server.awaitCalm();
      Map<String, String> expected = server.expected();
      assertThat(proxier.await(expected)).isEqualTo(expected);
      assertThat(proxier.problems).isEmpty();
      assertThat(proxier.steps).isGreaterThan(1);
      assertThat(server.relists()).isGreaterThan(2);
    } finally {
      server.close();
    }
  }
}
