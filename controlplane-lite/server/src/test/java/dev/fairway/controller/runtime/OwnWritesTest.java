// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnWritesTest {
  private static final ObjectKey KEY = ObjectKey.clusterScoped("n");

  private long now;
  private final OwnWrites<Node> writes = new OwnWrites<>(() -> now, Duration.ofSeconds(30));

  @Test
  void createdObjectIsThereBeforeTheWatchSaysSo() {
    writes.wrote(node("u1", 5));

    assertThat(writes.newest(KEY, null)).isEqualTo(node("u1", 5));
    assertThat(writes.newest(List.of(), n -> true)).containsExactly(node("u1", 5));
  }

  @Test
  void newerOfCacheAndWriteWins() {
    writes.wrote(node("u1", 5));

    assertThat(writes.newest(KEY, node("u1", 4))).isEqualTo(node("u1", 5));
    assertThat(writes.newest(KEY, node("u1", 6))).isEqualTo(node("u1", 6));
    assertThat(writes.newest(List.of(node("u1", 4)), n -> true)).containsExactly(node("u1", 5));
  }

  @Test
  void writtenObjectThatNoLongerBelongsIsLeftOut() {
    writes.wrote(node("u1", 5));

    assertThat(writes.newest(List.of(node("u1", 4)), n -> false)).isEmpty();
  }

  @Test
  void deletedObjectIsGoneAtOnceButItsSuccessorIsNot() {
    writes.deleted(node("u1", 5));

    assertThat(writes.newest(KEY, node("u1", 5))).isNull();
    assertThat(writes.newest(KEY, node("u2", 9))).isEqualTo(node("u2", 9));
  }

  @Test
  void watchThatWasFasterThanTheAnswerLeavesNoGhost() {
    writes.observed(node("u1", 5));
    writes.observedDeletion(node("u1", 6));
    writes.wrote(node("u1", 5));

    assertThat(writes.newest(KEY, null)).isNull();
  }

  @Test
  void confirmedWriteNoLongerCounts() {
    writes.wrote(node("u1", 5));
    writes.observed(node("u1", 5));

    assertThat(writes.newest(KEY, null)).isNull();
  }

  @Test
  void writeThatIsNeverConfirmedEnds() {
    writes.wrote(node("u1", 5));
    now += Duration.ofSeconds(31).toNanos();

    assertThat(writes.newest(KEY, null)).isNull();
  }

  private static Node node(String uid, long version) {
    return KubeCodec.decode(
        Resource.NODES,
        KubeCodec.yamlDocuments(
                "{metadata: {name: n, uid: " + uid + ", resourceVersion: '" + version + "'}}")
            .getFirst());
  }
}
