// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.cluster.ZoneHarness;
import dev.fairway.dns.cluster.ZoneOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * A random cluster, a file that is written now and then, and a server that starts again after every
 * event while the API server is away: it never denies a name that exists, answers every name that
 * was there all the time, and agrees with the cluster as soon as it hears of it.
 */
class RestartSimulationTest {
  private static final int EVENTS = 120;
  private static final int NAMES = 12;

  @TempDir private Path folder;

  private final ClusterModel cluster = new ClusterModel().namespace("default");
  private final Set<String> present = new TreeSet<>();

  /** Those that were in the file and have not gone since. */
  private final Set<String> kept = new TreeSet<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void restartAtAnyPoint_deniesNoNameThatExists(long seed) throws IOException {
    Random random = new Random(seed);
    SnapshotFile file = new SnapshotFile(folder.resolve("names"));
    file.write(new ClusterModel(cluster).step().after(), Instant.EPOCH);
    for (int event = 0; event < EVENTS; event++) {
      change(random);
      if (random.nextInt(6) == 0) {
        file.write(new ClusterModel(cluster).step().after(), Instant.ofEpochSecond(event));
        kept.clear();
        kept.addAll(present);
      }
      restart(file, "seed " + seed + " event " + event);
    }
  }

  private void change(Random random) {
    String name = "svc" + random.nextInt(NAMES);
    if (present.remove(name)) {
      kept.remove(name);
      cluster.remove("default/" + name);
    } else {
      present.add(name);
      ClusterModel.ServiceBuilder service = cluster.service("default/" + name);
      if (random.nextBoolean()) {
        service.clusterIp("127.96.0." + (1 + random.nextInt(200)));
      } else {
        service.headless().port("http", "TCP", 80).endpoint("127.64.0." + random.nextInt(200));
      }
    }
  }

  private void restart(SnapshotFile file, String when) throws IOException {
    SnapshotFile.Stored stored = file.read();
    assertThat(stored).isNotNull();
    ZoneHarness zone = new ZoneHarness(ZoneOptions.of("cluster.local"), false);
    zone.zone().restore(stored.snapshot());
    for (String name : present) {
      int rcode = ask(zone, name);
      assertThat(rcode).describedAs(when + ": " + name).isNotEqualTo(Rcode.NXDOMAIN);
      if (kept.contains(name)) {
        assertThat(rcode).describedAs(when + ": " + name).isEqualTo(Rcode.NOERROR);
      }
    }
    zone.follow(new ClusterModel(cluster));
    for (int i = 0; i < NAMES; i++) {
      String name = "svc" + i;
      assertThat(ask(zone, name))
          .describedAs(when + ", the cluster is heard: " + name)
          .isEqualTo(present.contains(name) ? Rcode.NOERROR : Rcode.NXDOMAIN);
    }
  }

  private static int ask(ZoneHarness zone, String name) {
    Message response = zone.ask(name + ".default.svc.cluster.local. A");
    return response.getRcode();
  }
}
