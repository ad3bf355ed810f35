// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Names of pods that exist only while a pod of the namespace has the address. */
class VerifiedPodsTest {
  private final ZoneHarness zone =
      new ZoneHarness(ZoneOptions.of("cluster.local").withPods(PodsMode.VERIFIED), true)
          .follow(KubernetesFixture.model());
  private final ClusterPods pods = zone.zone().pods();

  @Test
  void pods_areServfailAsLongAsTheyAreUnknown() {
    zone.check("10-240-0-1.podns.pod.cluster.local. A", "SERVFAIL; NEG");
    zone.check("svc1… A", "svc1… 5 A 10.0.0.1");
    assertThat(zone.zone().snapshot().isComplete()).isFalse();

    pods.replace(List.of());

    zone.check("10-240-0-1.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
    assertThat(zone.zone().snapshot().isComplete()).isTrue();
  }

  @Test
  void pods_existInTheirNamespaceOnly() {
    pods.replace(List.of(pod("podns/foo", "10.240.0.1")));

    zone.check(
        "10-240-0-1.podns.pod.cluster.local. A",
        "10-240-0-1.podns.pod.cluster.local. 5 A 10.240.0.1");
    zone.check("10-240-0-1.podns.pod.cluster.local. AAAA", "NEG");
    zone.check("10-240-0-1.svcns.pod.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("podns.pod.cluster.local. A", "NEG");
    zone.check("svcns.svc.cluster.local. A", "NEG");
    zone.check("pod-nons.pod.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("172-0-0-2.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("foo.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
  }

  @Test
  void pods_haveAllTheirAddressesAndLoseThem() {
    pods.replace(
        List.of(pod("podns/foo", "10.240.0.1", "fd00::1"), pod("podns/bar", "10.240.0.2")));
    zone.check(
        "fd00--1.podns.pod.cluster.local. AAAA",
        "fd00--1.podns.pod.cluster.local. 5 AAAA fd00:0:0:0:0:0:0:1");
    int serial = zone.zone().snapshot().serial();

    pods.put(pod("podns/foo", "10.240.0.3"));
    zone.check("10-240-0-1.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
    zone.check("fd00--1.podns.pod.cluster.local. AAAA", "NXDOMAIN; NEG");
    zone.check(
        "10-240-0-3.podns.pod.cluster.local. A",
        "10-240-0-3.podns.pod.cluster.local. 5 A 10.240.0.3");
    assertThat(zone.zone().snapshot().serial()).isEqualTo(serial + 1);

    pods.remove("podns", "foo");
    pods.remove("podns", "never-was");
    zone.check("10-240-0-3.podns.pod.cluster.local. A", "NXDOMAIN; NEG");

    pods.replace(List.of(pod("podns/baz", "10.240.0.9")));
    zone.check("10-240-0-2.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
  }

  @Test
  void twoPodsWithOneAddress_existUntilBothAreGone() {
    pods.replace(List.of(pod("podns/old", "10.240.0.1"), pod("podns/new", "10.240.0.1")));

    pods.remove("podns", "old");

    zone.check(
        "10-240-0-1.podns.pod.cluster.local. A",
        "10-240-0-1.podns.pod.cluster.local. 5 A 10.240.0.1");
    pods.remove("podns", "new");
    zone.check("10-240-0-1.podns.pod.cluster.local. A", "NXDOMAIN; NEG");
  }

  private static ClusterPods.Pod pod(String name, String... addresses) {
    int slash = name.indexOf('/');
    return new ClusterPods.Pod(
        name.substring(0, slash),
        name.substring(slash + 1),
        Arrays.stream(addresses).map(IpAddress::parse).toList());
  }
}
