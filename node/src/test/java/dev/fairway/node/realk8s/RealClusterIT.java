// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static dev.fairway.node.realk8s.RealCluster.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to a Service, from pods, nodes and outside, over both families. */
@Tag("root")
@Tag("realk8s")
@ExtendWith(RealClusterExtension.class)
@ParameterizedClass(name = "{0}")
@EnumSource
class RealClusterIT {
  /**
   * Who asks, over what, where, for what, and what they hear. Each combination of the words of the
   * first three columns is a row of its own, for IPv4 and IPv6. "9*hostname": the different answers
   * to nine requests.
   */
  private static final String WAYS =
      """
      pod1,pod2,node1,node2         | tcp,udp,udpto | ip:web                  | 40*hostname | web-1,web-2
      pod1,pod2,node1,node2,outside | tcp,udp,udpto | node1:web,node2:web     | hostname    | web-[12]
      outside                       | tcp,udp       | node1:web,node2:web     | 40*hostname | web-1,web-2
      node1,node2                   | tcp,udp,udpto | loopback:web            | hostname    | web-[12]
      pod1,pod2,node1,node2,outside | tcp,udp,udpto | external:web            | hostname    | web-[12]
      pod1,pod2,node1,node2,outside | tcp,udp,udpto | balancer:web-lb         | hostname    | web-[12]
      one                           | tcp,udp,udpto | ip:one,node2:one        | hostname    | one
      pod1,pod2,node1,node2         | tcp,udp,udpto | ip:sticky,node1:sticky  | 20*hostname | web-[12]
      outside                       | tcp,udp,udpto | node1:sticky            | 20*hostname | web-[12]
      pod1,node1                    | tcp,udp,udpto | ip:itp-web              | 20*hostname | web-1
      pod2,node2                    | tcp,udp,udpto | ip:itp-web              | 20*hostname | web-2
      pod2,node2                    | tcp,udp,udpto | ip:itp-one              | hostname    | one
      pod1,node1                    | tcp,udp,udpto | ip:itp-one              | hostname    | timeout
      outside                       | tcp,udp,udpto | node1:etp-web           | 10*hostname | web-1
      outside                       | tcp,udp,udpto | node2:etp-web           | 10*hostname | web-2
      outside                       | tcp,udp,udpto | node1:etp-web,node2:etp-one | clientip | from outside
      outside                       | tcp           | node1:etp-one           | hostname    | timeout|reset
      outside                       | udp,udpto     | node1:etp-one           | hostname    | timeout
      pod1,node1                    | tcp,udp,udpto | node1:etp-one           | hostname    | one
      outside                       | tcp,udp       | node1:web               | clientip    | from node1
      pod1,pod2,node1,node2         | tcp,udp       | ip:nobody,node1:nobody,external:nobody | hostname | refused
      outside                       | tcp,udp       | node2:nobody,external:nobody | hostname | refused
      pod1,node1                    | tcp,udp       | ip:others               | hostname    | timeout|unreachable
      pod1,node1                    | tcp,udp       | ip:label-headless       | hostname    | refused
      pod1,outside                  | tcp,udp       | node1:others            | hostname    | refused
      pod1,pod2,node1,node2         | tcp,udp       | unused:web              | hostname    | refused
      pod1,node1                    | tcp,udp,udpto | pod:web-2               | hostname    | web-2
      """;

  @Parameter Mode mode = Mode.EBPF;
  private final RealCluster cluster;

  RealClusterIT(RealCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void serve() {
    cluster.serve(mode);
  }

  /** One of the combinations. */
  record Way(String who, String over, String where, String family, String asks, String hears) {
    private static final List<String> SERVICES =
        List.of(
            "-",
            "web",
            "sticky",
            "sticky-short",
            "itp-web",
            "itp-one",
            "etp-web",
            "etp-one",
            "nobody",
            "one",
            "web-lb",
            "others",
            "label-headless",
            "fixed");

    static Stream<Way> of(String row) {
      List<String> columns = Arrays.stream(row.split(" \\| ")).map(String::strip).toList();
      List<Way> ways = new ArrayList<>();
      for (String who : columns.get(0).split(",")) {
        for (String over : columns.get(1).split(",")) {
          for (String where : columns.get(2).split(",")) {
            for (String family : List.of("4", "6")) {
              ways.add(new Way(who, over, where, family, columns.get(3), columns.get(4)));
            }
          }
        }
      }
      return ways.stream();
    }

    private boolean isV4() {
      return family.equals("4");
    }

    /** Address and port, with a space between. */
    String target(RealCluster cluster) {
      String[] words = where.split(":");
      int number = SERVICES.indexOf(words[1]);
      int port = over.equals("tcp") ? 80 : 90;
      int nodePort = (over.equals("tcp") ? 30_080 : 30_180) + number;
      int external = words[1].equals("nobody") ? 51 : 50;
      return switch (words[0]) {
        case "ip" -> clusterIp(number) + " " + port;
        case "unused" -> clusterIp(number) + " 10250";
        case "node1" -> node(1) + " " + nodePort;
        case "node2" -> node(2) + " " + nodePort;
        case "loopback" -> "127.0.0.1 " + nodePort;
        case "external" -> (isV4() ? "203.0.113." : "2001:db8:113::") + external + " " + port;
        case "balancer" -> (isV4() ? "203.0.113.20" : "2001:db8:113::20") + " " + port;
        default -> cluster.podAddress(words[1], family) + (over.equals("tcp") ? " 8080" : " 8081");
      };
    }

    private String clusterIp(int number) {
      return (isV4() ? "10.96.77.%d" : "fd00:10:96::77%02d").formatted(number);
    }

    private String node(int number) {
      return (isV4() ? "10.200.0." : "fd00:10:200::") + (number + 1);
    }

    /** What is heard, as a regular expression. */
    String expected() {
      return switch (hears) {
        case "from outside" ->
            isV4() ? "198\\.51\\.100\\.1:\\d+" : "\\[(2001:db8:51::1|fd00:10:200::1)]:\\d+";
        // Its address towards the endpoint's node, or on the bridge of its own pods.
        case "from node1" ->
            isV4() ? "10\\.(200\\.0\\.2|244\\.0\\.1):\\d+" : "\\[fd00:10:(200::2|244:1::1)]:\\d+";
        default -> hears;
      };
    }

    @Override
    public String toString() {
      return who + " over " + over + family + " to " + where + " asks " + asks;
    }
  }

  static Stream<Way> ways() {
    // Node ports are not answered on ::1, as with kube-proxy.
    return WAYS.lines()
        .flatMap(Way::of)
        .filter(way -> way.isV4() || !way.where().startsWith("loopback"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ways")
  void everyWayToAService(Way way) {
    int millis = way.hears().startsWith("timeout") ? 700 : 5_000;
    String[] asks = way.asks().split("\\*");
    String rest = " " + way.over() + " " + way.target(cluster) + " " + asks[asks.length - 1];
    String command = asks.length == 1 ? "ask" : "many " + asks[0] + " 0";
    String answer = cluster.vantage(way.who()).tell(command + rest + " " + millis);
    System.out.println("realk8s: " + mode + ": " + way + ": " + answer);
    assertThat(answer).as(way.toString()).matches(way.expected());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp 10.96.77.1 80", "tcp fd00:10:96::7701 80"})
  void endpointsSeeTheirClientsPods(String service) {
    String pod = cluster.podAddress("client-1", service.contains("::") ? "6" : "4");
    String seen = cluster.vantage("pod1").tell("ask " + service + " clientip 5000");
    if (mode == Mode.EBPF) {
      assertThat(seen).contains(pod);
    } else {
      assertThat(seen).doesNotContain(pod);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http 10.96.77.1 80 web-", "udp 10.96.77.1 90 web-", "http fd00:10:96::7701 80 web-",
        "udp fd00:10:96::7701 90 web-", "http 10.96.77.8 80 refused", "udp 10.96.77.8 90 refused",
      })
  void aPodsOwnProcessAsks(String row) {
    String[] words = row.split(" ");
    String dial =
        "dial?host=%s&port=%s&protocol=%s&request=hostname&tries=1"
            .formatted(URLEncoder.encode(words[1], StandardCharsets.UTF_8), words[2], words[0]);
    for (String client : List.of("client-1", "client-2")) {
      assertThat(
              cluster
                  .vantage("node1")
                  .tell("ask tcp " + cluster.podAddress(client, "4") + " 8080 " + dial + " 20000"))
          .as(row)
          .contains(words[3]);
    }
  }

  @Test
  void affinityEndsAtItsTimeout() {
    // The same one each time, by chance, in one run of eight thousand. All wait at once.
    String command = "many 14 1200 %s hostname 5000";
    Map<String, CompletableFuture<String>> answers = new TreeMap<>();
    for (String row :
        List.of(
            "pod1 tcp 10.96.77.3 80",
            "node1 tcp fd00:10:96::7703 80",
            "pod2 tcp fd00:10:96::7703 80",
            "node2 udp 10.96.77.3 90",
            "outside tcp 10.200.0.2 30083")) {
      String[] words = row.split(" ", 2);
      Vantage here = cluster.vantage(words[0]);
      answers.put(row, CompletableFuture.supplyAsync(() -> here.tell(command.formatted(words[1]))));
    }
    answers.forEach((row, answer) -> assertThat(answer.join()).as(row).isEqualTo("web-1,web-2"));
  }

  @Test
  void namesOfTheClusterLeadToServices() {
    Vantage pod = cluster.vantage("pod1");
    String dig = "run dig @10.96.0.10 +short +tries=1 +time=5 ";
    String web = ".default.svc.cluster.local";
    assertThat(pod.tell(dig + "web" + web)).isEqualTo("10.96.77.1");
    assertThat(pod.tell(dig + "+tcp web" + web + " AAAA")).isEqualTo("fd00:10:96::7701");
    assertThat(pod.tell(dig + "headless" + web).split(","))
        .containsExactlyInAnyOrder(
            cluster.podAddress("web-1", "4"), cluster.podAddress("web-2", "4"));
    assertThat(pod.tell(dig + "alias" + web))
        .isEqualTo("web.default.svc.cluster.local.,10.96.77.1");
    for (String who : List.of("pod1", "pod2", "node1")) {
      String curl = "run curl -s -m 5 http://";
      assertThat(cluster.vantage(who).tell(curl + "alias" + web + "/hostname")).matches("web-[12]");
      assertThat(cluster.vantage(who).tell(curl + "headless" + web + ":8080/hostname"))
          .matches("web-[12]");
    }
  }

  @Test
  void theApiServerIsReachedAtItsClusterIp() {
    assertThat(cluster.vantage("pod2").tell("run curl -sk -m 5 https://10.96.0.1/healthz"))
        .isEqualTo("ok");
  }

  @Test
  void labelThatNamesAnotherProxy_endsAndStartsService() {
    Vantage pod = cluster.vantage("pod2");
    String ask = "ask tcp 10.96.77.9 80 hostname 700";
    assertThat(pod.tell(ask)).isEqualTo("one");
    cluster.kubectl("label service one service.kubernetes.io/service-proxy-name=other");
    try {
      // The route stays for a while, for open connections; nobody answers there.
      eventually(() -> pod.tell(ask), answer -> answer.matches("timeout|unreachable|refused"));
    } finally {
      cluster.kubectl("label service one service.kubernetes.io/service-proxy-name-");
    }
    eventually(() -> pod.tell(ask), "one"::equals);
  }

  @Test
  void endpointsThatGo_leaveRefusals_andServeAgainWhenTheyAreBack() {
    List<String> asks = new ArrayList<>();
    for (String service : List.of("10.96.77.13", "fd00:10:96::7713")) {
      asks.add("ask tcp " + service + " 80 hostname 3000");
      asks.add("ask udp " + service + " 90 hostname 3000");
    }
    cluster.kubectl("delete endpointslice fixed-4 fixed-6");
    try {
      for (String who : List.of("pod1", "node2")) {
        for (String ask : asks) {
          eventually(() -> cluster.vantage(who).tell(ask), "refused"::equals);
        }
      }
      String fromOutside = "ask udp 10.200.0.3 30193 hostname 3000";
      eventually(() -> cluster.vantage("outside").tell(fromOutside), "refused"::equals);
    } finally {
      cluster.point("web-1");
    }
    for (String ask : asks) {
      eventually(() -> cluster.vantage("pod1").tell(ask), "web-1"::equals);
    }
  }

  @Test
  void theNodesSayWhichModeServes() {
    assertThat(
            cluster.kubectl(
                "get events --field-selector involvedObject.kind=Node,reason=Starting"
                    + " -o custom-columns=M:.message --no-headers"))
        .contains(mode.reason());
    for (int node = 1; node <= RealCluster.NODES; node++) {
      assertThat(cluster.vantage("node" + node).tell("ask tcp 127.0.0.1 10249 proxyMode 3000"))
          .isEqualTo(mode.toString());
    }
  }
}
