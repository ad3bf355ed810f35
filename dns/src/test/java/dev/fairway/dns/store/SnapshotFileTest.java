// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.cluster.ZoneHarness;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.cluster.ZoneTransfer;
import dev.fairway.service.ServiceSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotFileTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_123L);

  @TempDir private Path folder;

  private SnapshotFile file() {
    return new SnapshotFile(folder.resolve("zone"));
  }

  private SnapshotFile.Stored stored() throws IOException {
    SnapshotFile.Stored stored = file().read();
    if (stored == null) {
      throw new AssertionError("nothing is stored");
    }
    return stored;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void zoneOfAStoredSnapshot_answersAsThatOfTheSnapshotItself(long seed) throws IOException {
    ClusterModel model = random(new Random(seed));
    ZoneHarness original = new ZoneHarness(ZoneOptions.of("cluster.local"), false);
    original.follow(model);
    file().write(new ClusterModel(model).step().after(), NOW);

    ZoneHarness restored = new ZoneHarness(ZoneOptions.of("cluster.local"), false);
    restored.zone().restore(stored().snapshot());

    assertThat(stored().writtenAt()).isEqualTo(NOW);
    assertThat(records(restored)).isNotEmpty().containsExactlyElementsOf(records(original));
    for (int i = 0; i < 250; i++) {
      String reverse = i + ".0.64.127.in-addr.arpa. PTR";
      assertThat(restored.isForeign(reverse)).isEqualTo(original.isForeign(reverse));
      if (!original.isForeign(reverse)) {
        assertThat(ZoneHarness.lines(restored.ask(reverse)))
            .isEqualTo(ZoneHarness.lines(original.ask(reverse)));
      }
    }
  }

  /** All records of the zone, but the SOAs at both ends, whose serial counts changes. */
  private static List<String> records(ZoneHarness zone) {
    List<String> records = new ArrayList<>();
    for (byte[] record : ZoneTransfer.of(zone.zone().snapshot())) {
      records.add(HexFormat.of().formatHex(record));
    }
    return records.subList(1, records.size() - 1);
  }

  private static ClusterModel random(Random random) {
    ClusterModel model = new ClusterModel().namespace("empty");
    for (int i = 0; i < 30; i++) {
      ClusterModel.ServiceBuilder service = model.service("ns" + i % 3 + "/svc" + i);
      switch (random.nextInt(4)) {
        case 0 -> service.externalName("target" + i + ".example.");
        case 1 -> service.clusterIp("127.96.0." + i, "fd00::" + i);
        case 2 -> service.clusterIp("127.96.0." + i);
        default -> service.headless();
      }
      int slices = random.nextInt(3);
      for (int j = 0; j < slices; j++) {
        if (random.nextInt(4) > 0) {
          service.port("port" + j % 2, random.nextBoolean() ? "TCP" : "UDP", 80 + j);
        }
        for (int k = random.nextInt(5); k > 0; k--) {
          String address =
              random.nextInt(4) == 0 ? "fd01::" + k : "127.64.0." + random.nextInt(250);
          String hostname = random.nextBoolean() ? null : "host-" + random.nextInt(6);
          service.endpoint(address, hostname, random.nextInt(5) > 0);
        }
        service.slice();
      }
    }
    return model;
  }

  @Test
  void missingFile_isNothing() throws IOException {
    assertThat(file().read()).isNull();
  }

  @Test
  void emptyCluster_isStoredToo() throws IOException {
    file().write(ServiceSnapshot.empty(), NOW);
    assertThat(stored().snapshot().services()).isEmpty();
  }

  @Test
  void laterSnapshot_replacesTheFileWhateverAnInterruptedWriteLeft() throws IOException {
    Files.writeString(folder.resolve("zone.next"), "half a snapsh");
    file().write(ServiceSnapshot.empty(), NOW);
    file().write(new ClusterModel().namespace("later").step().after(), NOW.plusSeconds(1));
    assertThat(stored().snapshot().namespaces()).containsExactly("later");
    assertThat(stored().writtenAt()).isEqualTo(NOW.plusSeconds(1));
  }

  @Test
  void damagedFile_isNotUsed() throws IOException {
    file().write(new ClusterModel(random(new Random(5))).step().after(), NOW);
    byte[] whole = Files.readAllBytes(file().path());
    for (int at = 0; at < whole.length; at += 1 + at / 16) {
      byte[] damaged = whole.clone();
      damaged[at] = (byte) (damaged[at] ^ 1 << at % 8);
      Files.write(file().path(), damaged);
      assertThatThrownBy(() -> file().read())
          .describedAs("bit %d of octet %d", at % 8, at)
          .isInstanceOf(IOException.class);
    }
    for (int length = 0; length < whole.length; length += 1 + length / 4) {
      Files.write(file().path(), java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> file().read())
          .describedAs("cut to %d octets", length)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void fileOfAnotherVersion_isNamed() throws IOException {
    file().write(ServiceSnapshot.empty(), NOW);
    byte[] whole = Files.readAllBytes(file().path());
    whole[11] = 9;
    Files.write(file().path(), whole);
    assertThatThrownBy(() -> file().read()).hasMessageContaining("version 9, not 1");
  }
}
