// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.service.EndpointTable.Conditions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rows of kube-proxy's topology_test.go; endpoint i is 10.1.2.i, this node is "node". */
class EndpointSelectionTest {
  private static final String NIL = "nil";

  /** Traffic classes of a port: what uses Local and what uses Cluster. */
  private enum Policy {
    CLUSTER(true, false),
    EXTERNAL_LOCAL(true, true),
    INTERNAL_LOCAL_ONLY(false, true);

    final boolean usesCluster;
    final boolean usesLocal;

    Policy(boolean usesCluster, boolean usesLocal) {
      this.usesCluster = usesCluster;
      this.usesLocal = usesLocal;
    }
  }

  @ParameterizedTest
  @MethodSource
  void select(
      Policy policy,
      String zone,
      boolean nodeHints,
      List<Ep> endpoints,
      String cluster,
      String local,
      String all,
      boolean hasAny) {
    EndpointSet set = set(endpoints);
    EndpointSelection selection =
        EndpointSelection.select(
            set, policy.usesCluster, policy.usesLocal, new NodeTopology("node", zone), nodeHints);
    assertThat(
            List.of(
                text(selection.cluster()),
                text(selection.local()),
                text(selection.all()),
                selection.hasAny()))
        .describedAs("%s of %s", policy, set)
        .containsExactly(cluster, local, all, hasAny);
  }

  static Stream<Arguments> select() {
    return Stream.of(topology(), policies()).flatMap(rows -> rows);
  }

  private static Stream<Arguments> topology() {
    List<Ep> abca = List.of(zone(1, "a"), zone(2, "b"), zone(3, "c"), zone(4, "a"));
    List<Ep> abcaLocal =
        List.of(zone(1, "a").local(), zone(2, "b").local(), zone(3, "c"), zone(4, "a"));
    List<Ep> onlyA = List.of(zone(1, "a"), zone(2, "a"));
    return Stream.of(
        row("1 hints of zones", Policy.CLUSTER, "a", abca, "1 4", NIL, "1 4", true),
        row("2 external Local", Policy.EXTERNAL_LOCAL, "a", abcaLocal, "1 4", "1 2", "1 2 4", true),
        row(
            "3 internal Local too",
            Policy.EXTERNAL_LOCAL,
            "a",
            abcaLocal,
            "1 4",
            "1 2",
            "1 2 4",
            true),
        row("4 5 node without zone", Policy.CLUSTER, "", onlyA, "1 2", NIL, "1 2", true),
        row("6 no endpoint for the zone", Policy.CLUSTER, "b", onlyA, "1 2", NIL, "1 2", true),
        row(
            "7 unready in zone",
            Policy.CLUSTER,
            "a",
            List.of(zone(1, "a").unready(), zone(2, "a"), zone(3, "b")),
            "2",
            NIL,
            "2",
            true),
        row(
            "8 only unready in zone",
            Policy.CLUSTER,
            "a",
            List.of(zone(1, "a").unready(), zone(2, "b"), zone(3, "c")),
            "2 3",
            NIL,
            "2 3",
            true),
        row(
            "9 one ready without hint",
            Policy.CLUSTER,
            "a",
            List.of(zone(1, "a"), zone(2, "b"), ep(3)),
            "1 2 3",
            NIL,
            "1 2 3",
            true),
        row(
            "10 several zones in a hint",
            Policy.CLUSTER,
            "c",
            List.of(zone(1, "a", "b", "c"), zone(2, "b", "c"), zone(3, "a", "b"), zone(4, "c")),
            "1 2 4",
            NIL,
            "1 2 4",
            true),
        argumentSet(
            "11 node hints off",
            Policy.CLUSTER,
            "a",
            false,
            List.of(zone(1, "a").node("node"), zone(2, "a").node("x"), zone(3, "b").node("y")),
            "1 2",
            NIL,
            "1 2",
            true),
        row(
            "12 node hints",
            Policy.CLUSTER,
            "a",
            List.of(zone(1, "a").node("node"), zone(2, "a").node("x"), zone(3, "b").node("y")),
            "1",
            NIL,
            "1",
            true),
        row(
            "13 one without node hint",
            Policy.CLUSTER,
            "a",
            List.of(zone(1, "a").node("node"), zone(2, "a"), zone(3, "b").node("y")),
            "1 2",
            NIL,
            "1 2",
            true),
        row(
            "13 one without any hint",
            Policy.CLUSTER,
            "a",
            List.of(zone(1, "a").node("node"), ep(2), zone(3, "b").node("y")),
            "1 2 3",
            NIL,
            "1 2 3",
            true),
        row(
            "14 no endpoint for the node",
            Policy.CLUSTER,
            "a",
            List.of(zone(1, "a").node("x"), zone(2, "a").node("y"), zone(3, "b").node("z")),
            "1 2",
            NIL,
            "1 2",
            true),
        row(
            "15 topology against local",
            Policy.EXTERNAL_LOCAL,
            "a",
            List.of(zone(0, "a").local(), zone(1, "b").local(), zone(2, "a")),
            "0 2",
            "0 1",
            "0 1 2",
            true));
  }

  private static Stream<Arguments> policies() {
    Policy both = Policy.EXTERNAL_LOCAL;
    Policy internal = Policy.INTERNAL_LOCAL_ONLY;
    List<Ep> mixed = List.of(ep(0).local(), ep(1));
    return Stream.of(
        row("16 internal Local, none", internal, "", List.of(), NIL, "", "", false),
        row(
            "17 internal Local, all remote",
            internal,
            "",
            List.of(ep(0), ep(1)),
            NIL,
            "",
            "",
            true),
        row(
            "18 internal Local, all local",
            internal,
            "",
            List.of(ep(0).local(), ep(1).local()),
            NIL,
            "0 1",
            "0 1",
            true),
        row("19 internal Local, some local", internal, "", mixed, NIL, "0", "0", true),
        row(
            "20 Cluster, none ready",
            Policy.CLUSTER,
            "",
            List.of(ep(0).unready(), ep(1).unready()),
            "",
            NIL,
            "",
            false),
        row(
            "21 Cluster, some ready",
            Policy.CLUSTER,
            "",
            List.of(ep(0).unready(), ep(1)),
            "1",
            NIL,
            "1",
            true),
        row(
            "22 Cluster, only serving terminating",
            Policy.CLUSTER,
            "",
            List.of(ep(0).leaving(), ep(1).leaving()),
            "0 1",
            NIL,
            "0 1",
            true),
        row("23 24 25 one policy Local, one local", both, "", mixed, "0 1", "0", "0 1", true),
        row("26 both Local, all remote", both, "", List.of(ep(0), ep(1)), "0 1", "", "0 1", true),
        row(
            "27 remote serving terminating",
            both,
            "",
            List.of(ep(0).leaving(), ep(1).leaving()),
            "0 1",
            "",
            "0 1",
            true),
        row(
            "28 fallback of local alone",
            both,
            "",
            List.of(ep(0), ep(1).local().unready(), ep(2).local().leaving(), ep(3).leaving()),
            "0",
            "2",
            "0 2",
            true),
        row("29 not externally accessible", Policy.CLUSTER, "", mixed, "0 1", NIL, "0 1", true),
        row("30 internal only", internal, "", mixed, NIL, "0", "0", true),
        row("31 nothing", Policy.CLUSTER, "", List.of(), "", NIL, "", false),
        row(
            "32 one in no condition",
            Policy.CLUSTER,
            "",
            List.of(ep(0).unready()),
            "",
            NIL,
            "",
            false));
  }

  private static Arguments row(
      String name,
      Policy policy,
      String zone,
      List<Ep> endpoints,
      String cluster,
      String local,
      String all,
      boolean hasAny) {
    return argumentSet(name, policy, zone, true, endpoints, cluster, local, all, hasAny);
  }

  private static String text(@Nullable EndpointSet set) {
    if (set == null) {
      return NIL;
    }
    List<String> last = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      last.add(Integer.toString(set.ipv4(i) & 0xff));
    }
    return String.join(" ", last);
  }

  static EndpointSet set(List<Ep> endpoints) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (Ep ep : endpoints) {
      table.add(
          IpAddress.ofIpv4(0x0a010200 | ep.id),
          ep.conditions,
          ep.isLocal ? "node" : "elsewhere",
          null,
          null,
          null,
          ep.zones,
          ep.nodes);
    }
    EndpointPort port = new EndpointPort("", Protocol.TCP);
    SliceEndpoints slice =
        new SliceEndpoints("s", false, List.of(new SliceEndpoints.Port(port, 80)), table.build());
    return EndpointSet.merge(List.of(slice), port);
  }

  static Ep ep(int id) {
    return new Ep(id, false, Conditions.AVAILABLE, List.of(), List.of());
  }

  static Ep zone(int id, String... zones) {
    return new Ep(id, false, Conditions.AVAILABLE, List.of(zones), List.of());
  }

  record Ep(
      int id, boolean isLocal, Conditions conditions, List<String> zones, List<String> nodes) {
    Ep local() {
      return new Ep(id, true, conditions, zones, nodes);
    }

    Ep unready() {
      return new Ep(id, isLocal, Conditions.UNAVAILABLE, zones, nodes);
    }

    Ep leaving() {
      return new Ep(id, isLocal, Conditions.SERVING_TERMINATING, zones, nodes);
    }

    Ep node(String name) {
      return new Ep(id, isLocal, conditions, zones, List.of(name));
    }
  }
}
