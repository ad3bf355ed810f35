// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SnapshotKeeperTest {
  @TempDir private Path folder;

  private final ClusterModel model = new ClusterModel().namespace("one");

  private SnapshotKeeper keeper(SnapshotFile file, Duration pause) {
    return new SnapshotKeeper(file, pause, InstantSource.system());
  }

  @Test
  @Timeout(30)
  void snapshot_isWrittenSoon() throws IOException {
    SnapshotFile file = new SnapshotFile(folder.resolve("zone"));
    try (SnapshotKeeper keeper = keeper(file, Duration.ofMillis(1))) {
      keeper.onSnapshot(model.step());
      while (file.read() == null) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void lastSnapshot_isWrittenAtTheEnd() throws IOException {
    SnapshotFile file = new SnapshotFile(folder.resolve("zone"));
    try (SnapshotKeeper keeper = keeper(file, Duration.ofHours(1))) {
      keeper.onSnapshot(model.step());
      keeper.onSnapshot(model.namespace("two").step());
    }
    SnapshotFile.Stored stored = file.read();
    assertThat(stored).isNotNull();
    assertThat(stored.snapshot().namespaces()).containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void fileThatCannotBeWritten_isTriedAgainWithTheNextSnapshot() throws IOException {
    Path missing = folder.resolve("missing");
    SnapshotFile file = new SnapshotFile(missing.resolve("zone"));
    SnapshotKeeper keeper = keeper(file, Duration.ofHours(1));
    keeper.onSnapshot(model.step());
    keeper.close();
    assertThat(missing).doesNotExist();
    Files.createDirectory(missing);
    keeper.onSnapshot(model.namespace("two").step());
    keeper.close();
    assertThat(file.read()).isNotNull();
  }
}
