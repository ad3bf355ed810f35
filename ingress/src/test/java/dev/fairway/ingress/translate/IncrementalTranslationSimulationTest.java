// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A translator that has seen a history must say what one says that sees the end of it only. */
class IncrementalTranslationSimulationTest {
  private static final int STEPS = 400;
  private static final List<String> HOSTS = List.of("", "a.test", "b.test", "*.test", "x.a.test");
  private static final List<String> PATHS = List.of("/", "/one", "/one/two", "/two");
  private static final TranslatorOptions OPTIONS =
      TranslatorOptions.of("fairway", "fairway.dev/ingress");

  private final Map<String, Ingress> ingresses = new HashMap<>();
  private final Map<String, ServiceInfo> services = new HashMap<>();
  private boolean classIsOurs = true;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void historyMakesNoDifference(long seed) {
    Random random = new Random(seed);
    IngressTranslator incremental = new IngressTranslator(OPTIONS);
    for (int step = 0; step < STEPS; step++) {
      change(random);
      IngressObjects objects = objects(step);
      Translation kept = incremental.translate(objects);
      Translation fresh = new IngressTranslator(OPTIONS).translate(objects);
      String context = "seed " + seed + " step " + step;
      assertThat(kept.upstreams()).as(context).isEqualTo(fresh.upstreams());
      assertThat(kept.accepted()).as(context).isEqualTo(fresh.accepted());
      assertThat(kept.routes().size()).as(context).isEqualTo(fresh.routes().size());
      assertThat(kept.diagnostics())
          .as(context)
          .containsExactlyInAnyOrderElementsOf(fresh.diagnostics());
      assertThat(decisions(kept)).as(context).isEqualTo(decisions(fresh));
    }
  }

  private void change(Random random) {
    switch (random.nextInt(12)) {
      case 0, 1 -> ingresses.remove("i" + random.nextInt(10));
      case 2 -> services.remove("s" + random.nextInt(4));
      case 3 -> {
        String name = "s" + random.nextInt(4);
        services.put(name, TestObjects.service(name, List.of()));
      }
      case 4 -> classIsOurs = random.nextInt(3) > 0;
      default -> {
        String name = "i" + random.nextInt(10);
        ingresses.put(name, ingress(name, random));
      }
    }
  }

  private static Ingress ingress(String name, Random random) {
    TestObjects.IngressBuilder builder =
        TestObjects.ingress(name)
            .createdSecond(random.nextInt(3))
            .className(random.nextInt(8) == 0 ? "other" : "fairway");
    int rules = random.nextInt(4);
    if (rules == 0 || random.nextInt(4) == 0) {
      builder.defaultBackend("s" + random.nextInt(4));
    }
    for (int i = 0; i < rules; i++) {
      builder.host(HOSTS.get(random.nextInt(HOSTS.size())));
      int paths = random.nextInt(3);
      for (int k = 0; k < paths; k++) {
        String path = PATHS.get(random.nextInt(PATHS.size()));
        String service = "s" + random.nextInt(4);
        if (random.nextBoolean()) {
          builder.prefix(path, service);
        } else {
          builder.exact(path, service);
        }
      }
    }
    return builder.build();
  }

  private IngressObjects objects(int revision) {
    IngressClass ours =
        TestObjects.ingressClass(
            "fairway", classIsOurs ? "fairway.dev/ingress" : "example.com/other", false);
    return new IngressObjects(
        new ArrayList<>(ingresses.values()),
        List.of(ours),
        Map.of(),
        ServiceSnapshot.of(revision, new HashSet<>(services.values()), Set.of()));
  }

  private static List<String> decisions(Translation translation) {
    List<String> decisions = new ArrayList<>();
    for (String host : List.of("", "a.test", "b.test", "c.test", "x.a.test", "y.a.test", "q")) {
      for (String path : List.of("/", "/one", "/one/two/3", "/two", "/three")) {
        Route route =
            translation
                .routes()
                .match(new RequestTarget(host, host, path, ""), "GET", new HttpFields());
        decisions.add(host + path + " -> " + route);
      }
    }
    return decisions;
  }
}
