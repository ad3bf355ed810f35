// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodProcessesTest {
  private static final Path PROCESS = Path.of("/proc/4711");

  private final Set<Path> pods = new HashSet<>();
  private final List<Path> asked = new ArrayList<>();
  private final PodProcesses processes =
      new PodProcesses(process -> {
        asked.add(process);
        return pods.contains(process);
      });

  @Test
  void processOfAPod_isOneAtEveryLook() {
    pods.add(PROCESS);

    assertThat(look()).isTrue();
    assertThat(look()).isTrue();
  }

  @Test
  void processThatIsMovedIntoItsPodAfterItsStart_isFoundAtTheNextLook() {
    assertThat(look()).isFalse();

    pods.add(PROCESS);

    assertThat(look()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void process_isAskedTwiceAndThenNowAndThen(boolean inPod) {
    if (inPod) {
      pods.add(PROCESS);
    }

    for (int i = 0; i < 2 + PodProcesses.PATIENCE; i++) {
      assertThat(look()).isEqualTo(inPod);
    }

    assertThat(asked).hasSizeBetween(3, 5);
  }

  @Test
  void numberThatAnotherProcessHas_isFoundWithinSoManyLooks() {
    look();
    look();
    pods.add(PROCESS);
    int looks = 1;

    while (!look()) {
      looks++;
    }

    assertThat(looks).isLessThanOrEqualTo(PodProcesses.PATIENCE);
  }

  @Test
  void processThatWasGoneForALook_isAskedAtOnce() {
    look();
    look();
    processes.begin();
    pods.add(PROCESS);

    assertThat(look()).isTrue();
  }

  private boolean look() {
    processes.begin();
    return processes.isInPod(PROCESS);
  }
}
