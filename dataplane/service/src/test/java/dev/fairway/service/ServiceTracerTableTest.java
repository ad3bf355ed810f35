// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.EndpointTable.Conditions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * kube-proxy's data plane tests as a table, each row in IPv4 and in IPv6: clients of some kinds
 * dial some kinds of addresses, and all of them get the same verdict.
 *
 * <p>Endpoints: a number, L on this node or R on another, then t terminating and serving, x
 * terminating and not serving, u not ready.
 */
class ServiceTracerTableTest {
  private static final String ROWS =
      """
      71 nobody there            | plain    | -               | POD NODE CLIENT | CIP VIP EXT NP | REJECT
      71 none ready              | plain    | 1Lu 5Ru         | POD NODE CLIENT | CIP VIP EXT NP | REJECT
      71 terminating, not served | plain    | 1Lx 5Rx         | POD CLIENT      | CIP VIP EXT NP | REJECT
      72 single endpoint         | plain    | 5R              | POD NODE CLIENT | CIP VIP EXT NP | FORWARD 5
      74 several endpoints       | plain    | 1L 2L 5R        | POD NODE CLIENT | CIP VIP EXT NP | FORWARD 1 2 5
      76 protocols of one number | plain    | 5R              | POD             | CIP/UDP        | FORWARD 5
      77 protocol nobody has     | plain    | 5R              | POD CLIENT      | CIP/SCTP       | REJECT
      78 port nobody has         | plain    | 5R              | POD CLIENT      | CIP:81         | REJECT
      78 other port of a VIP     | plain    | 5R              | CLIENT          | VIP:81 EXT:81  | NOT_OURS
      79 unallocated address     | plain    | 5R              | POD CLIENT      | FREE           | DROP
      79 address of nobody       | plain    | 5R              | POD CLIENT      | FOREIGN        | NOT_OURS
      80 ranges, other addresses | ranges   | 5R              | POD NODE CLIENT BLOCKED | CIP NP EXT | FORWARD 5
      80 ranges, accepted        | ranges   | 5R              | CLIENT NODE     | VIP            | FORWARD 5
      80 ranges, not accepted    | ranges   | 5R              | BLOCKED POD     | VIP            | DROP
      80 ranges, VIP from itself | ranges   | 5R              | VIP             | VIP            | FORWARD 5
      80 zero range              | zero     | 5R              | BLOCKED POD     | VIP            | FORWARD 5
      80 range of other family   | foreign  | 5R              | BLOCKED POD     | VIP            | FORWARD 5
      81 other node address      | plain    | 5R              | CLIENT POD      | ALT            | NOT_OURS
      81 loopback                | plain    | 5R              | NODE            | LOOPBACK       | NOT_OURS
      82 external Local, inside  | etpLocal | 1L 5R           | POD NODE        | CIP VIP EXT NP | FORWARD 1 5
      82 external Local, outside | etpLocal | 1L 5R           | CLIENT          | VIP EXT NP     | FORWARD 1
      82 external Local, CIP     | etpLocal | 1L 5R           | CLIENT          | CIP            | FORWARD 1 5
      83 external Cluster        | plain    | 1L 5R           | POD NODE CLIENT | CIP VIP EXT NP | FORWARD 1 5
      85 internal Cluster        | plain    | 1L 2R 3R        | POD             | CIP            | FORWARD 1 2 3
      85 internal Local, one     | itpLocal | 1L 2R 3R        | POD NODE CLIENT | CIP            | FORWARD 1
      85 internal Local, two     | itpLocal | 1L 2L 3R        | POD             | CIP            | FORWARD 1 2
      85 internal Local, none    | itpLocal | 2R 3R           | POD NODE        | CIP            | DROP
      85 internal Local, empty   | itpLocal | -               | POD NODE        | CIP            | REJECT
      86 ready, CIP              | etpLocal | 1L 2L 3Lt 4Lx 5R | POD CLIENT     | CIP            | FORWARD 1 2 5
      86 ready, VIP              | etpLocal | 1L 2L 3Lt 4Lx 5R | CLIENT         | VIP NP EXT     | FORWARD 1 2
      87 terminating, CIP        | etpLocal | 2Lt 3Lt 4Lx 5R  | POD CLIENT      | CIP            | FORWARD 5
      87 terminating, VIP        | etpLocal | 2Lt 3Lt 4Lx 5R  | CLIENT          | VIP NP EXT     | FORWARD 2 3
      88 nothing local, CIP      | etpLocal | 4Lx 5Rt         | POD CLIENT      | CIP            | FORWARD 5
      88 nothing local, VIP      | etpLocal | 4Lx 5Rt         | CLIENT          | VIP NP EXT     | DROP
      88 nothing local, inside   | etpLocal | 4Lx 5Rt         | POD NODE        | VIP NP EXT     | FORWARD 5
      89 none usable             | etpLocal | 4Lx 5Rx         | POD CLIENT      | CIP VIP NP EXT | REJECT
      89 deleted                 | etpLocal | -               | POD CLIENT      | CIP VIP NP EXT | REJECT
      90 ready                   | plain    | 1L 2L 3Lt 4Lx 5R | POD CLIENT     | CIP VIP NP     | FORWARD 1 2 5
      90 all terminating         | plain    | 2Lt 3Lt 4Lx 5Rt | POD CLIENT      | CIP VIP NP     | FORWARD 2 3 5
      90 one terminating         | plain    | 4Lx 5Rt         | POD CLIENT      | CIP VIP NP     | FORWARD 5
      90 none usable             | plain    | 4Lx             | POD CLIENT      | CIP VIP NP     | REJECT
      91 internal Local, CIP     | itpLocal | 1L 5R           | POD NODE CLIENT | CIP            | FORWARD 1
      91 internal Local, others  | itpLocal | 1L 5R           | POD NODE CLIENT | VIP NP EXT     | FORWARD 1 5
      91 both Local, CIP         | allLocal | 1L 5R           | POD NODE CLIENT | CIP            | FORWARD 1
      91 both Local, inside      | allLocal | 1L 5R           | POD NODE        | VIP NP EXT     | FORWARD 1 5
      91 both Local, outside     | allLocal | 1L 5R           | CLIENT          | VIP NP EXT     | FORWARD 1
      """;

  private static final String WITHOUT_POD_RANGES =
      """
      92 external Local, pod     | etpLocal | 1L 5R           | POD CLIENT      | VIP NP EXT     | FORWARD 1
      92 external Local, node    | etpLocal | 1L 5R           | NODE            | VIP NP EXT     | FORWARD 1 5
      92 pod to ClusterIP        | etpLocal | 1L 5R           | POD             | CIP            | FORWARD 1 5
      """;

  private static final Map<String, String> V4 =
      Map.ofEntries(
          Map.entry("POD", "10.0.0.2"),
          Map.entry("NODE", "192.168.0.2"),
          Map.entry("ALT", "192.168.1.2"),
          Map.entry("LOOPBACK", "127.0.0.1"),
          Map.entry("CLIENT", "203.0.113.2"),
          Map.entry("BLOCKED", "203.0.113.130"),
          Map.entry("CIP", "172.30.0.41"),
          Map.entry("FREE", "172.30.0.99"),
          Map.entry("FOREIGN", "172.31.0.99"),
          Map.entry("VIP", "5.6.7.8"),
          Map.entry("EXT", "192.168.99.11"),
          Map.entry("EP", "10.180.0."),
          Map.entry("PODS", "10.0.0.0/8"),
          Map.entry("SERVICES", "172.30.0.0/16"),
          Map.entry("RANGES", "192.168.0.0/24 203.0.113.0/25"),
          Map.entry("ALL", "0.0.0.0/0"));

  private static final Map<String, String> V6 =
      Map.ofEntries(
          Map.entry("POD", "fd00:10::2"),
          Map.entry("NODE", "2001:db8::1"),
          Map.entry("ALT", "2001:db8:1::2"),
          Map.entry("LOOPBACK", "::1"),
          Map.entry("CLIENT", "2001:db8:2::2"),
          Map.entry("BLOCKED", "2001:db8:3::130"),
          Map.entry("CIP", "fd00:172:30::41"),
          Map.entry("FREE", "fd00:172:30::99"),
          Map.entry("FOREIGN", "fd00:172:31::99"),
          Map.entry("VIP", "2001:db8:5::8"),
          Map.entry("EXT", "2001:db8:99::11"),
          Map.entry("EP", "fd00:10:180::"),
          Map.entry("PODS", "fd00:10::/32"),
          Map.entry("SERVICES", "fd00:172:30::/64"),
          Map.entry("RANGES", "2001:db8::/64 2001:db8:2::/64"),
          Map.entry("ALL", "::/0"));

  private static final int NODE_PORT = 3001;

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void verdict(
      String name, Map<String, String> book, boolean podRanges, ServiceInfo service, Row row) {
    for (String source : row.sources()) {
      for (String destination : row.destinations()) {
        assertThat(trace(book, podRanges, service, source, destination))
            .describedAs(name + ": " + source + " to " + destination)
            .isEqualTo(row.expected());
      }
    }
  }

  static Stream<Arguments> rows() {
    List<Arguments> all = new ArrayList<>();
    for (Map<String, String> book : List.of(V4, V6)) {
      Map<String, String> other = book.equals(V4) ? V6 : V4;
      String family = book.equals(V4) ? "IPv4 " : "IPv6 ";
      for (Row row : parse(ROWS)) {
        ServiceInfo single = service(row, other, List.of(book));
        all.add(Arguments.of(family + row.name(), book, true, single, row));
        ServiceInfo dual = service(row, other, List.of(book, other));
        all.add(Arguments.of(family + "dual-stack " + row.name(), book, true, dual, row));
      }
      for (Row row : parse(WITHOUT_POD_RANGES)) {
        ServiceInfo single = service(row, other, List.of(book));
        all.add(Arguments.of(family + row.name(), book, false, single, row));
      }
    }
    return all.stream();
  }

  /** A service of one family is nothing to clients of the other one. */
  @Test
  void otherFamily_isNotServed() {
    Row row = parse(ROWS).get(3);
    ServiceInfo service = service(row, V6, List.of(V4));
    assertThat(trace(V6, true, service, "POD", "NP")).isEqualTo("NOT_OURS");
    assertThat(trace(V6, true, service, "POD", "CIP")).isEqualTo("DROP");
  }

  private static String trace(
      Map<String, String> book,
      boolean podRanges,
      ServiceInfo service,
      String source,
      String destination) {
    List<IpPrefix> pods = podRanges ? List.of(IpPrefix.parse(at(book, "PODS"))) : List.of();
    IpAddress node = IpAddress.parse(at(book, "NODE"));
    ServiceTracer tracer =
        new ServiceTracer(
            new NodeTopology("node", ""),
            Set.of(node),
            pods,
            Set.of(node),
            List.of(IpPrefix.parse(at(V4, "SERVICES")), IpPrefix.parse(at(V6, "SERVICES"))));
    String[] parts = destination.split("[:/]");
    boolean nodePort = List.of("NP", "ALT", "LOOPBACK").contains(parts[0]);
    int port = nodePort ? NODE_PORT : destination.contains(":") ? Integer.parseInt(parts[1]) : 80;
    ServiceTracer.Trace trace =
        tracer.trace(
            ServiceSnapshot.of(1, List.of(service), Set.of()),
            IpAddress.parse(at(book, source)),
            IpAddress.parse(at(book, parts[0].equals("NP") ? "NODE" : parts[0])),
            port,
            destination.contains("/") ? Protocol.valueOf(parts[1]) : Protocol.TCP);
    StringBuilder text = new StringBuilder(trace.verdict().toString());
    for (int i = 0; i < trace.candidates().size(); i++) {
      String address = trace.candidates().address(i).toString();
      text.append(' ').append(address.substring(address.length() - 1));
      assertThat(trace.candidates().isV4(i)).isEqualTo(book.equals(V4));
    }
    return text.toString();
  }

  private static ServiceInfo service(
      Row row, Map<String, String> other, List<Map<String, String>> books) {
    ServiceSettingsBuilder settings =
        ServiceInfo.Settings.of("ns", "svc")
            .type(ServiceType.LOAD_BALANCER)
            .port("main", Protocol.TCP, 80, NODE_PORT)
            .port("main", Protocol.UDP, 80, 0);
    List<SliceEndpoints> slices = new ArrayList<>();
    for (Map<String, String> book : books) {
      settings
          .clusterIp(at(book, "CIP"))
          .loadBalancerIp(at(book, "VIP"))
          .externalIp(at(book, "EXT"));
      slices.add(slice(book, row.endpoints()));
    }
    switch (row.service()) {
      case "plain" -> {}
      case "etpLocal" -> settings.externalPolicy(TrafficPolicy.LOCAL);
      case "itpLocal" -> settings.internalPolicy(TrafficPolicy.LOCAL);
      case "allLocal" ->
          settings.externalPolicy(TrafficPolicy.LOCAL).internalPolicy(TrafficPolicy.LOCAL);
      case "ranges" -> books.forEach(book -> ranges(settings, at(book, "RANGES")));
      case "zero" ->
          books.forEach(book -> ranges(settings, at(book, "RANGES") + " " + at(book, "ALL")));
      case "foreign" -> {
        if (books.size() == 1) {
          ranges(settings, at(other, "RANGES"));
        }
      }
      default -> throw new IllegalArgumentException("service " + row.service());
    }
    return new ServiceInfo(settings.build(), slices);
  }

  private static void ranges(ServiceSettingsBuilder settings, String ranges) {
    for (String range : ranges.split(" ")) {
      settings.sourceRange(IpPrefix.parse(range));
    }
  }

  private static SliceEndpoints slice(Map<String, String> book, List<String> endpoints) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (String endpoint : endpoints) {
      Conditions conditions =
          switch (endpoint.substring(2)) {
            case "" -> Conditions.AVAILABLE;
            case "t" -> Conditions.SERVING_TERMINATING;
            case "x" -> new Conditions(false, false, true);
            default -> Conditions.UNAVAILABLE;
          };
      table.add(
          IpAddress.parse(at(book, "EP") + endpoint.charAt(0)),
          conditions,
          endpoint.charAt(1) == 'L' ? "node" : "elsewhere");
    }
    List<SliceEndpoints.Port> ports =
        List.of(
            new SliceEndpoints.Port(new EndpointPort("main", Protocol.TCP), 8443),
            new SliceEndpoints.Port(new EndpointPort("main", Protocol.UDP), 8443));
    return new SliceEndpoints("s-" + at(book, "EP"), false, ports, table.build());
  }

  private static List<Row> parse(String table) {
    Map<String, Integer> names = new HashMap<>();
    List<Row> rows = new ArrayList<>();
    for (String line : table.lines().toList()) {
      String[] cells = line.split("\\|");
      String name = cells[0].strip();
      assertThat(names.put(name + cells[5], 1)).describedAs("twice: " + line).isNull();
      rows.add(
          new Row(
              name,
              cells[1].strip(),
              words(cells[2]),
              words(cells[3]),
              words(cells[4]),
              cells[5].strip()));
    }
    return rows;
  }

  private static String at(Map<String, String> book, String name) {
    return Objects.requireNonNull(book.get(name), name);
  }

  private static List<String> words(String cell) {
    return cell.strip().equals("-")
        ? List.of()
        : List.copyOf(new LinkedHashSet<>(List.of(cell.strip().split(" +"))));
  }

  record Row(
      String name,
      String service,
      List<String> endpoints,
      List<String> sources,
      List<String> destinations,
      String expected) {}
}
