// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.node.cluster.ClusterStatus.Endpoint;
import dev.fairway.node.cluster.ClusterStatus.NodeStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClusterStatusTest {
  private static final ClusterStatus STATUS =
      new ClusterStatus(
          true,
          42,
          "https://127.0.0.1:6443",
          new Endpoint("127.0.0.1", 1053),
          new Endpoint("127.0.0.1", 8080),
          new Endpoint("127.0.0.1", 8443),
          List.of(new NodeStatus("node-1", "127.0.0.1", 42, true)));

  @Test
  void jsonIsAsDocumented() {
    assertThat(STATUS.toJson())
        .isEqualTo(
            "{\"ready\":true,\"pid\":42,\"apiServer\":\"https://127.0.0.1:6443\","
                + "\"dns\":{\"address\":\"127.0.0.1\",\"port\":1053},"
                + "\"ingress\":{\"http\":{\"address\":\"127.0.0.1\",\"port\":8080},"
                + "\"https\":{\"address\":\"127.0.0.1\",\"port\":8443}},"
                + "\"nodes\":[{\"name\":\"node-1\",\"address\":\"127.0.0.1\",\"pid\":42,"
                + "\"ready\":true}]}\n");
  }

  @Test
  void whatIsWrittenIsRead() {
    assertThat(ClusterStatus.parse(STATUS.toJson())).isEqualTo(STATUS);
  }

  @Test
  void halfAFileIsNoStatus() {
    assertThat(ClusterStatus.parse("{\"ready\":tr")).isNull();
  }
}
