// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What tells the network namespaces of pods apart. */
@Tag("root")
class NetworkNamespacesRootIT {
  private static final int MAX_NAMESPACES = 500;

  private final String name = "cni-fairway-" + ProcessHandle.current().pid();
  private final Path file = Path.of("/run/netns", name);

  @BeforeEach
  void mayMakeNamespaces() throws Exception {
    Skip.unless(run("add"), "no network namespaces can be made here");
    run("del");
  }

  @AfterEach
  void leavesNothing() throws Exception {
    if (Files.exists(file)) {
      run("del");
    }
  }

  @Test
  void aNamespaceThatGetsTheNumberOfOneThatWent_isAnother() throws Exception {
    Set<Object> keys = new HashSet<>();
    Set<Object> numbers = new HashSet<>();
    int namespaces = 0;
    // The kernel takes one down in its own time: which of the next ones gets the number is open.
    while (numbers.size() == namespaces && namespaces < MAX_NAMESPACES) {
      assertThat(run("add")).isTrue();
      keys.add(keyOfPod());
      numbers.add(Files.getAttribute(file, "unix:ino"));
      assertThat(run("del")).isTrue();
      namespaces++;
    }
    Skip.unless(numbers.size() < namespaces, "the kernel gave no number twice in " + namespaces);
    assertThat(keys).hasSize(namespaces);
  }

  @Test
  void aNamespaceStaysTheSame() throws Exception {
    assertThat(run("add")).isTrue();
    assertThat(keyOfPod()).isEqualTo(keyOfPod());
  }

  private Object keyOfPod() {
    return NetworkNamespaces.ofPods(new PodProcesses(_ -> false)).entrySet().stream()
        .filter(entry -> entry.getValue().equals(file))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private boolean run(String action) throws Exception {
    return new ProcessBuilder("ip", "netns", action, name)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }
}
