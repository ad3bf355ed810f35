// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneAnswerer;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.WireName;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ReflectorOptions;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import dev.fairway.service.source.TrackerOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A DNS that starts, ends and starts again while its API server misbehaves: at every step it tells
 * a name that exists throughout, or says that it does not know yet; never that there is none. In
 * the end it answers what a naive model says.
 */
@Timeout(120)
class DnsFeedSimulationTest {
  private static final int LIVES = 4;
  private static final String STEADY = ScriptedWorld.STEADY + ".n.svc.cluster.local";
  private static final String PERMANENT =
      ScriptedWorld.PERMANENT.replaceAll(":.*", "").replace('.', '-') + "." + STEADY;

  static LongStream seeds() {
    return LongStream.range(0, 12);
  }

  /** A zone, asked after each step on the thread that made the step. */
  private static final class Probe implements SnapshotListener {
    private final ClusterZone zone;
    private final ZoneAnswerer answerer = new ZoneAnswerer(false, 1);
    private final ResponseWriter writer = new ResponseWriter(1232, "");
    private final Query query = new Query();
    private final List<String> problems = new ArrayList<>();
    private int steps;

    Probe(long seed) {
      zone = new ClusterZone(ZoneOptions.of("cluster.local"), InstantSource.system(), seed);
      problems.addAll(askSteady("SERVFAIL"));
    }

    @Override
    public synchronized void onSnapshot(SnapshotDelta delta) {
      zone.onSnapshot(delta);
      steps++;
      for (String problem : askSteady("NOERROR")) {
        problems.add("step " + steps + ": " + problem);
      }
      notifyAll();
    }

    private List<String> askSteady(String expected) {
      List<String> found = new ArrayList<>();
      for (String name : List.of(STEADY, PERMANENT, "n.svc.cluster.local")) {
        String answer = ask(name);
        if (!answer.startsWith(expected)) {
          found.add(name + " is " + answer);
        }
      }
      return found;
    }

    /** The code, and the address behind it. */
    final String ask(String name) {
      byte[] encoded = Objects.requireNonNull(WireName.encode(name));
      ByteBuffer question = ByteBuffer.allocate(Query.HEADER + encoded.length + 4);
      question.putShort((short) 7).putShort((short) 0).putShort((short) 1).position(Query.HEADER);
      question.put(encoded).putShort((short) RecordType.A).putShort((short) RecordType.CLASS_IN);
      assertThat(query.parse(question.array(), question.capacity()))
          .isEqualTo(Query.Verdict.ANSWER);
      writer.begin(query, ResponseWriter.MAX_MESSAGE);
      answerer.answer(zone.snapshot(), query, writer, null);
      String code =
          switch (answerer.rcode()) {
            case Rcode.NOERROR -> "NOERROR";
            case Rcode.SERVFAIL -> "SERVFAIL";
            default -> "rcode " + answerer.rcode();
          };
      int length = writer.finish(answerer.rcode(), true, false);
      if (writer.answers() == 0) {
        return code;
      }
      ByteBuffer end = ByteBuffer.wrap(writer.buffer(), length - 4, 4);
      return "%s %d.%d.%d.%d"
          .formatted(code, end.get() & 0xff, end.get() & 0xff, end.get() & 0xff, end.get() & 0xff);
    }

    /** Lives for some steps, or until nothing changes any more. */
    synchronized void awaitSteps(int most, ScriptedApiServer server) throws InterruptedException {
      while (steps < most && !server.isOver()) {
        wait(10);
      }
    }

    /** What the services answer once it is as expected, or after a while. */
    synchronized Map<String, String> await(Map<String, String> expected)
        throws InterruptedException {
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      Map<String, String> answers = answers(expected);
      while (!answers.equals(expected) && System.nanoTime() < end) {
        wait(100);
        answers = answers(expected);
      }
      return answers;
    }

    private Map<String, String> answers(Map<String, String> names) {
      Map<String, String> answers = new TreeMap<>();
      names.keySet().forEach(name -> answers.put(name, ask(name)));
      return answers;
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aNameThatExistsThroughout_isNeverDenied(long seed) throws Exception {
    ScriptedApiServer server = new ScriptedApiServer(seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<String> problems = new ArrayList<>();
    try {
      for (int life = 0; life < LIVES; life++) {
        Probe probe = new Probe(seed);
        try (ServiceFeed feed = feed(server, random.split())) {
          feed.addListener(probe);
          feed.start();
          if (life < LIVES - 1) {
            probe.awaitSteps(1 + random.nextInt(30), server);
          } else {
            server.awaitCalm();
            assertThat(probe.await(expected(server))).isEqualTo(expected(server));
          }
        }
        problems.addAll(probe.problems);
      }
      assertThat(problems).isEmpty();
      assertThat(server.relists()).isGreaterThan(LIVES);
    } finally {
      server.close();
    }
  }

  private static ServiceFeed feed(ScriptedApiServer server, SplittableRandom random) {
    return new ServiceFeed(
        new KubeClient(server),
        new TrackerOptions(Duration.ZERO, Instant.EPOCH),
        () -> ReflectorOptions.defaults().with(new HastyTimers(), random));
  }

  /** Names of all services that may be, with what they are to answer in the end. */
  private static Map<String, String> expected(ScriptedApiServer server) {
    Map<String, String> expected = new TreeMap<>();
    for (String service : List.of(ScriptedWorld.STEADY, "svc-0", "svc-1", "svc-2", "svc-3")) {
      boolean exists = server.expected().containsKey(service);
      String address = "NOERROR " + ScriptedWorld.clusterIp(service);
      expected.put(service + ".n.svc.cluster.local", exists ? address : "rcode " + Rcode.NXDOMAIN);
    }
    return expected;
  }
}
