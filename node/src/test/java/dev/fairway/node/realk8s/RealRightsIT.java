// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static dev.fairway.node.realk8s.RealCluster.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a daemon without rights says at its start, and what it serves all the same. */
@Tag("root")
@Tag("realk8s")
@ExtendWith(RealClusterExtension.class)
class RealRightsIT {
  private static final int NODE = 2;

  private final RealCluster cluster;

  RealRightsIT(RealCluster cluster) {
    this.cluster = cluster;
  }

  /** Node 2 has nothing of a daemon before. */
  @BeforeEach
  void clear() {
    cluster.serve(Mode.USERSPACE);
    cluster.daemon(NODE).end();
    Daemon cleanup = Daemon.withFlags(cluster, NODE, "", "--cleanup");
    cleanup.awaitEnd();
  }

  @AfterEach
  void end() {
    cluster.daemon(NODE).end();
  }

  private void start(String prefix, String flags, String said) {
    Daemon daemon = Daemon.withFlags(cluster, NODE, prefix, flags);
    cluster.replace(daemon);
    eventually(daemon::log, log -> log.contains("proxy of node node2: "));
    System.out.println("realk8s: rights: " + daemon.log());
    assertThat(daemon.log()).contains(said);
  }

  private void nodePortsAreServed_andClusterIpsAreNot() {
    Vantage outside = cluster.vantage("outside");
    for (String ask :
        new String[] {"tcp 10.200.0.3 30081", "tcp fd00:10:200::3 30081", "udp 10.200.0.3 30181"}) {
      eventually(
          () -> outside.tell("ask " + ask + " hostname 3000"), answer -> answer.startsWith("web-"));
    }
    assertThat(cluster.vantage("node2").tell("ask tcp 10.96.77.1 80 hostname 700"))
        .matches("timeout|unreachable");
    assertThat(cluster.inside(NODE, "ip route show table local proto 170")).isEmpty();
    assertThat(cluster.inside(NODE, "nft list tables")).doesNotContain("fairway");
  }

  @Test
  void toldToLeaveTheMachineAlone_itDoes() {
    start(
        "",
        "--unprivileged",
        "mode userspace; the machine is left as it is, only addresses that it has are served");
    nodePortsAreServed_andClusterIpsAreNot();
  }

  @Test
  void withoutCapabilities_itSaysWhatItCannot() {
    start("setpriv --bounding-set=-all --inh-caps=-all", "", "mode userspace: ");
    assertThat(cluster.daemon(NODE).log())
        .contains("only addresses that this machine has are served: ")
        .contains("endpoints see the node's address also with externalTrafficPolicy: Local: ");
    nodePortsAreServed_andClusterIpsAreNot();
  }
}
