// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a cluster is asked for, and where its addresses begin. */
final class ClusterConfigTest {
  @Test
  void argumentsSayEverything() {
    ClusterConfig config = config("/tmp/a folder/.fairway");
    assertThat(ClusterConfig.fromArguments(config.toArguments())).isEqualTo(config);
  }

  @Test
  void theUsualStateDirectoryHasTheFirstAddresses() {
    ClusterConfig usual = config("/srv/me/project/.fairway");
    assertThat(usual.loadBalancerPool()).containsExactly("127.112.0.0/16");
    assertThat(usual.dnsClusterIp()).isEqualTo("127.96.0.10");
  }

  @Test
  void anotherStateDirectoryBeginsElsewhere_andMayUseTheWholePool() {
    ClusterConfig other = config("/tmp/other");
    assertThat(other.loadBalancerPool()).hasSize(2).last().isEqualTo("127.112.0.0/16");
    assertThat(other.loadBalancerPool().getFirst())
        .matches("127\\.112\\.[1-9][0-9]*\\.0/24")
        .isEqualTo(config("/tmp/other").loadBalancerPool().getFirst())
        .isNotEqualTo(config("/tmp/another").loadBalancerPool().getFirst());
    assertThat(other.dnsClusterIp()).matches("127\\.96\\.[1-9][0-9]*\\.10");
  }

  private static ClusterConfig config(String stateDir) {
    return new ClusterConfig(Path.of(stateDir), 3, 1, 2, 3, 4, Duration.ofMillis(4500));
  }
}
