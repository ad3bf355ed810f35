// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the server does, the listener's view is always one that the server once had. */
@Timeout(60)
class ReflectorSimulationTest {

  static LongStream seeds() {
    return LongStream.range(0, 60);
  }

  /** Keeps a view and compares it with the server's past after every call. */
  private static final class View implements ReflectorListener<ConfigMap> {
    private final SimulatedApiServer server;
    private final TreeMap<String, Integer> objects = new TreeMap<>();
    private final AtomicReference<String> firstProblem = new AtomicReference<>("");
    private int version;

    View(SimulatedApiServer server) {
      this.server = server;
    }

    @Override
    public void onReplace(List<ConfigMap> all, String resourceVersion) {
      objects.clear();
      all.forEach(map -> objects.put(map.metadata().name(), versionOf(map)));
      check("replace", Integer.parseInt(resourceVersion));
    }

    @Override
    public void onUpsert(ConfigMap map) {
      objects.put(map.metadata().name(), versionOf(map));
      check("upsert", versionOf(map));
    }

    @Override
    public void onDelete(ConfigMap map) {
      objects.remove(map.metadata().name());
      check("delete", versionOf(map));
    }

    private static int versionOf(ConfigMap map) {
      return Integer.parseInt(map.metadata().resourceVersion());
    }

    private void check(String call, int now) {
      Map<String, Integer> expected = server.stateAt(now);
      if (now < version || (now == version && !call.equals("replace"))) {
        firstProblem.compareAndSet("", call + " went back from " + version + " to " + now);
      }
      if (!objects.equals(expected)) {
        firstProblem.compareAndSet("", call + "@" + now + ": " + objects + " not " + expected);
      }
      version = now;
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void viewIsAlwaysAStateThatTheServerHad(long seed) throws Exception {
    SimulatedApiServer server = new SimulatedApiServer(seed);
    View view = new View(server);
    ReflectorOptions options =
        ReflectorOptions.defaults().with(new FakeTimers(), new SplittableRandom(seed));
    ReflectorOptions paged =
        new ReflectorOptions(
            "",
            true,
            3,
            options.watchTimeout(),
            options.idleTimeout(),
            options.backoffMin(),
            options.backoffMax(),
            options.timers(),
            options.random());
    try (Reflector<ConfigMap> reflector =
        new Reflector<>(
            new KubeClient(server), Resource.CONFIG_MAPS, ListOptions.ALL, view, paged)) {
      reflector.start();
      assertThat(server.settled.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(view.firstProblem.get()).isEmpty();
      assertThat(view.objects).isEqualTo(server.finalState());
      reflector.close();
      server.close();
      assertThat(reflector.awaitEnd(Duration.ofSeconds(20))).isTrue();
    }
  }
}
