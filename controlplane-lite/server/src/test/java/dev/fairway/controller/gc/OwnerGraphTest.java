// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.gc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.controller.gc.OwnerGraph.Item;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnerGraphTest {
  private final OwnerGraph graph = new OwnerGraph();

  @Test
  void dependentsAreKnownWhetherTheOwnerIsThereOrNot() {
    graph.put(item("child", "{uid: parent, name: p, kind: ConfigMap, apiVersion: v1}"));

    assertThat(uids("parent")).containsExactly("child");
    assertThat(graph.get("parent")).isNull();
  }

  @Test
  void changedReferencesMoveADependent() {
    graph.put(item("child", "{uid: a, name: a}"));
    graph.put(item("child", "{uid: b, name: b}"));

    assertThat(uids("a")).isEmpty();
    assertThat(uids("b")).containsExactly("child");
    graph.remove("child");
    assertThat(uids("b")).isEmpty();
  }

  @Test
  void onlyDependentsThatAskForItBlockTheOwner() {
    graph.put(item("free", "{uid: parent, name: p}"));
    assertThat(graph.isBlocked("parent")).isFalse();

    graph.put(item("blocker", "{uid: parent, name: p, blockOwnerDeletion: true}"));
    assertThat(graph.isBlocked("parent")).isTrue();

    graph.remove("blocker");
    assertThat(graph.isBlocked("parent")).isFalse();
  }

  private List<String> uids(String owner) {
    return graph.dependents(owner).stream().map(i -> i.uid()).toList();
  }

  private static Item<ConfigMap> item(String uid, String owner) {
    return new Item<>(
        Resource.CONFIG_MAPS,
        KubeCodec.decode(
            Resource.CONFIG_MAPS,
            KubeCodec.yamlDocuments(
                    "{metadata: {name: x, namespace: ns, uid: "
                        + uid
                        + ", ownerReferences: ["
                        + owner
                        + "]}}")
                .getFirst()));
  }
}
