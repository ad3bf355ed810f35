// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateDirTest {
  @TempDir Path folder;

  @Test
  void oneClusterAtATime() throws Exception {
    StateDir first = new StateDir(folder.resolve("state"));
    try (StateDir.Lock _ = first.lock()) {
      assertThat(first.isRunning()).isTrue();
      assertThatThrownBy(() -> new StateDir(folder.resolve("state")).lock())
          .isInstanceOf(EnvironmentException.class)
          .hasMessageContaining("already runs a cluster in " + folder);
    }
    try (StateDir.Lock again = first.lock()) {
      assertThat(again).isNotNull();
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsOneLine() throws Exception {
    Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> new StateDir(folder.resolve("file/state")).lock())
        .isInstanceOf(EnvironmentException.class)
        .hasMessageContaining("cannot be written")
        .hasMessageContaining("--state-dir");
  }

  @Test
  void aPidFileOfAnotherLifeOfTheNumberIsNoRunningCluster() throws Exception {
    StateDir stateDir = new StateDir(folder);
    Files.createDirectories(folder.resolve("run"));
    Files.writeString(
        folder.resolve("run/cluster.pid"), ProcessHandle.current().pid() + " 12345\n");
    assertThat(stateDir.isRunning()).isFalse();
  }

  @Test
  void anotherVersionsDirectoryIsRefused_andNotTouched() throws Exception {
    Files.writeString(folder.resolve("version"), "7\n");
    StateDir stateDir = new StateDir(folder);
    assertThatThrownBy(stateDir::lock)
        .isInstanceOf(EnvironmentException.class)
        .hasMessageContaining("another version of Fairway (layout 7, this one has 1)");
    assertThat(stateDir.isRunning()).isFalse();
    Files.writeString(folder.resolve("version"), "1\n");
    stateDir.lock().close();
  }
}
