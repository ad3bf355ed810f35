// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.PatchType;
import dev.fairway.node.dns.RandomCluster.Change;
import dev.fairway.testing.Skip;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * CoreDNS and we follow the same API server through random clusters and are asked the same; what
 * differs is either one of the {@link Deviation}s or a fault.
 */
class CoreDnsDifferentialIT {
  private static final int SERVICES = Integer.getInteger("fairway.differential.services", 16);
  private static final int STEPS = Integer.getInteger("fairway.differential.steps", 1);
  private static final int TTL = 30;
  private static final InetSocketAddress ANY = new InetSocketAddress(CoreDns.ADDRESS, 0);
  @TempDir Path folder;

  @BeforeAll
  static void requireCoreDns() {
    Skip.unless(
        CoreDns.find() != null, "no coredns on the PATH, in FAIRWAY_COREDNS or -Dfairway.coredns");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void everyNameAndItsNeighboursAreAnsweredAsByCoreDns(long seed) throws Exception {
    long real = seed + Long.getLong("fairway.differential.seed", 0);
    RandomCluster cluster = new RandomCluster(real);
    try (TestApi api = TestApi.start(folder.resolve("api"));
        TestUpstream upstream = new TestUpstream()) {
      apply(api, cluster.begin(SERVICES));
      try (DnsDaemon plain = daemon(api, upstream, false);
          DnsDaemon compat = daemon(api, upstream, true);
          CoreDns theirs =
              CoreDns.start(
                  java.util.Objects.requireNonNull(CoreDns.find()),
                  folder,
                  api.kubeconfig(folder.resolve("kubeconfig")),
                  upstream.address(),
                  "pods insecure\n        ttl " + TTL)) {
        plain.awaitListening();
        compat.awaitListening();
        Comparison comparison =
            new Comparison(
                "seed " + real,
                TTL,
                theirs.address(),
                plain.addresses().getFirst(),
                compat.addresses().getFirst());
        for (int step = 0; step <= STEPS; step++) {
          if (step > 0) {
            apply(api, cluster.step());
          }
          mark(api, step);
          comparison.awaitMark(step);
          comparison.compare(cluster.objects());
        }
        comparison.close();
        System.out.println("seed " + real + ": " + comparison.summary());
        assertThat(comparison.faults()).as(comparison.report()).isZero();
      }
    }
  }

  private DnsDaemon daemon(TestApi api, TestUpstream upstream, boolean compat) throws Exception {
    ZoneOptions zone =
        ZoneOptions.of("cluster.local")
            .withTtl(TTL, TTL)
            .withCompat(compat)
            .withReverseZones(List.of("in-addr.arpa.", "ip6.arpa."));
    DnsOptions dns =
        DnsOptions.of(ANY, "cluster.local")
            .withZone(zone)
            .withForward(ForwardOptions.to(List.of(upstream.address())));
    return DnsDaemon.start(DnsDaemon.Options.of(dns), api.transport());
  }

  private static void apply(TestApi api, List<Change> changes) throws Exception {
    for (Change change : changes) {
      Resource<?> resource = TestApi.resource(RandomCluster.text(change.object(), "kind"));
      String namespace = RandomCluster.namespace(change.object());
      String name = RandomCluster.name(change.object());
      switch (change.verb()) {
        case CREATE -> api.create(change.object());
        case REPLACE ->
            api.client().patch(resource, namespace, name, null, PatchType.MERGE, change.object());
        case DELETE -> api.client().delete(resource, namespace, name, DeleteOptions.NONE);
      }
    }
  }

  /** Something of each kind that is watched, which is there when all that came before is. */
  private static void mark(TestApi api, int step) throws Exception {
    api.create(
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: mark-%1$d}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: mark-%1$d}
        spec:
          clusterIP: None
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: mark-%1$d, labels: {kubernetes.io/service-name: mark-%1$d}}
        addressType: IPv4
        endpoints: [{addresses: [10.9.9.9]}]
        """
            .formatted(step));
  }
}
