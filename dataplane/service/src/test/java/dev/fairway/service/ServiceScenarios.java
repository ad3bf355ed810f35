// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.ServiceScenario.Outcome;
import dev.fairway.service.ServiceScenario.Probe;
import dev.fairway.service.ServiceTracer.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * kube-proxy's data plane tests as tables: clients of some kinds dial some kinds of addresses, over
 * TCP and over UDP unless a row names one of them, and all of them get the same verdict. A row is a
 * scenario in each family and, with both families, another one.
 *
 * <p>Endpoints: a number, L on this node or R on another, then t terminating and serving, x
 * terminating and not serving, u not ready.
 *
 * <p>Services: all have a ClusterIP, a load balancer's address, an external one and a node port.
 * {@code etpLocal}, {@code itpLocal}, {@code allLocal} have the traffic policy Local for external,
 * internal, all traffic; {@code tcpOnly} has no UDP port; {@code ranges} admits the node and CLIENT
 * to the load balancer's address, {@code clients} only CLIENT, {@code zero} everybody by a prefix
 * of length zero, {@code foreign} ranges of the other family; {@code rangesLocal} is {@code ranges}
 * with the external policy Local.
 */
public final class ServiceScenarios {
  /** How many endpoints there may be; they are numbered from 1. */
  public static final int ENDPOINTS = 5;

  private static final String PRIMARY =
      """
      71 nobody there            | plain    | -               | POD NODE CLIENT | CIP VIP EXT NP | REJECT
      71 none ready              | plain    | 1Lu 5Ru         | POD NODE CLIENT | CIP VIP EXT NP | REJECT
      71 terminating, not served | plain    | 1Lx 5Rx         | POD CLIENT      | CIP VIP EXT NP | REJECT
      72 single endpoint         | plain    | 5R              | POD NODE CLIENT | CIP VIP EXT NP | FORWARD 5
      73 hairpin                 | plain    | 5L              | SELF            | CIP VIP EXT NP | FORWARD 5
      74 several endpoints       | plain    | 1L 2L 5R        | POD NODE CLIENT | CIP VIP EXT NP | FORWARD 1 2 5
      76 protocols of one number | plain    | 5R              | POD             | CIP/TCP CIP/UDP | FORWARD 5
      77 protocol nobody has     | plain    | 5R              | POD CLIENT      | CIP/SCTP       | REJECT
      77 UDP to a TCP port       | tcpOnly  | 5R              | POD CLIENT      | CIP/UDP        | REJECT
      77 TCP port leaves UDP be  | tcpOnly  | 5R              | POD CLIENT      | VIP/UDP EXT/UDP NP/UDP | NOT_OURS
      77 TCP without UDP         | tcpOnly  | 5R              | POD CLIENT      | CIP/TCP VIP/TCP NP/TCP | FORWARD 5
      78 port nobody has         | plain    | 5R              | POD CLIENT      | CIP:OTHER      | REJECT
      78 other port of a VIP     | plain    | 5R              | CLIENT          | VIP:OTHER EXT:OTHER | NOT_OURS
      79 unallocated address     | plain    | 5R              | POD CLIENT      | FREE           | DROP
      79 address of nobody       | plain    | 5R              | POD CLIENT      | FOREIGN        | NOT_OURS
      80 ranges, other addresses | ranges   | 5R              | POD NODE CLIENT BLOCKED | CIP NP EXT | FORWARD 5
      80 ranges, accepted        | ranges   | 5R              | CLIENT NODE     | VIP            | FORWARD 5
      80 ranges, not accepted    | ranges   | 5R              | BLOCKED POD     | VIP            | DROP
      80 ranges, VIP from itself | ranges   | 5R              | VIP             | VIP            | FORWARD 5
      80 ranges without the node | clients  | 5R              | NODE VIP POD    | VIP            | DROP
      80 ranges and nobody there | ranges   | -               | CLIENT          | VIP            | REJECT
      80 zero range              | zero     | 5R              | BLOCKED POD     | VIP            | FORWARD 5
      80 range of other family   | foreign  | 5R              | BLOCKED POD     | VIP            | FORWARD 5
      80 ranges, Local, accepted | rangesLocal | 1L 5R        | CLIENT          | VIP NP EXT     | FORWARD 1
      80 ranges, Local, rest     | rangesLocal | 1L 5R        | BLOCKED POD     | VIP            | DROP
      80 ranges, Local, node     | rangesLocal | 1L 5R        | NODE            | VIP NP EXT     | FORWARD 1 5
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

  private static final String NO_POD_RANGES =
      """
      92 external Local, pod     | etpLocal | 1L 5R           | POD CLIENT      | VIP NP EXT     | FORWARD 1
      92 external Local, node    | etpLocal | 1L 5R           | NODE            | VIP NP EXT     | FORWARD 1 5
      92 pod to ClusterIP        | etpLocal | 1L 5R           | POD             | CIP            | FORWARD 1 5
      """;

  private static final String NODE_PORT_RANGES =
      """
      81 both node addresses     | plain    | 5R              | CLIENT POD NODE | NP ALT         | FORWARD 5
      81 not loopback            | plain    | 5R              | NODE            | LOOPBACK       | NOT_OURS
      """;

  private static final String NODE_PORT_LOCALHOST =
      """
      81 localhost, served       | plain    | 5R              | NODE            | LOOPBACK       | FORWARD 5
      81 localhost, the others   | plain    | 5R              | CLIENT POD NODE | NP             | FORWARD 5
      81 localhost, not ALT      | plain    | 5R              | CLIENT          | ALT            | NOT_OURS
      """;

  private ServiceScenarios() {}

  /** All scenarios in both families, alone and together. */
  public static List<ServiceScenario> all() {
    List<ServiceScenario> all = new ArrayList<>(of(AddressPlan.IPV4));
    all.addAll(of(AddressPlan.IPV6));
    all.addAll(of(AddressPlan.IPV4, AddressPlan.IPV6));
    all.addAll(of(AddressPlan.IPV6, AddressPlan.IPV4));
    return all;
  }

  /**
   * All scenarios with addresses of some plans.
   *
   * @param plans one plan, or two of different families: services and endpoints have addresses of
   *     both, clients dial addresses of the first
   */
  public static List<ServiceScenario> of(AddressPlan... plans) {
    List<ServiceScenario> all = new ArrayList<>();
    add(all, PRIMARY, NodeSetup.PRIMARY, List.of(plans));
    add(all, NO_POD_RANGES, NodeSetup.NO_POD_RANGES, List.of(plans));
    add(all, NODE_PORT_RANGES, NodeSetup.NODE_PORT_RANGES, List.of(plans));
    add(all, NODE_PORT_LOCALHOST, NodeSetup.NODE_PORT_LOCALHOST, List.of(plans));
    return List.copyOf(all);
  }

  private static void add(
      List<ServiceScenario> all, String table, NodeSetup setup, List<AddressPlan> plans) {
    String prefix = plans.get(0).name() + (plans.size() > 1 ? " dual-stack " : " ");
    Set<String> names = new HashSet<>();
    for (String line : table.lines().toList()) {
      String[] cells = line.split("\\|");
      String name = prefix + cells[0].strip();
      if (!names.add(name)) {
        throw new IllegalArgumentException("twice: " + name);
      }
      ServiceInfo service = service(cells[1].strip(), words(cells[2]), plans);
      List<Probe> probes = new ArrayList<>();
      for (String source : words(cells[3])) {
        for (String destination : words(cells[4])) {
          addProbes(probes, plans.get(0), source, destination, cells);
        }
      }
      all.add(new ServiceScenario(name, setup, plans, service, probes));
    }
  }

  private static void addProbes(
      List<Probe> probes, AddressPlan plan, String source, String destination, String[] cells) {
    String[] parts = destination.split("[:/]");
    IpAddress from = source.equals("SELF") ? plan.endpoint(5) : plan.address(source);
    IpAddress to = plan.address(parts[0].equals("NP") ? "NODE" : parts[0]);
    boolean nodePort = List.of("NP", "ALT", "LOOPBACK").contains(parts[0]);
    int port =
        nodePort
            ? plan.ports().node()
            : destination.endsWith(":OTHER") ? plan.ports().other() : plan.ports().service();
    List<Protocol> protocols =
        destination.contains("/")
            ? List.of(Protocol.valueOf(parts[1]))
            : List.of(Protocol.TCP, Protocol.UDP);
    for (Protocol protocol : protocols) {
      String name = source + " to " + String.join(":", parts[0], "" + port) + "/" + protocol;
      probes.add(new Probe(name, from, to, port, protocol, outcome(plan, cells[5])));
    }
  }

  private static Outcome outcome(AddressPlan plan, String cell) {
    List<String> words = words(cell);
    Set<IpAddress> endpoints = new HashSet<>();
    for (String number : words.subList(1, words.size())) {
      endpoints.add(plan.endpoint(Integer.parseInt(number)));
    }
    return new Outcome(Verdict.valueOf(words.get(0)), endpoints);
  }

  /** The service of a row, as {@code ns/svc}, with a slice of endpoints for each plan. */
  public static ServiceInfo service(String kind, List<String> endpoints, List<AddressPlan> plans) {
    AddressPlan.Ports ports = plans.get(0).ports();
    ServiceSettingsBuilder settings =
        ServiceInfo.Settings.of("ns", "svc")
            .type(ServiceType.LOAD_BALANCER)
            .port("main", Protocol.TCP, ports.service(), ports.node());
    if (!kind.equals("tcpOnly")) {
      settings.port("main", Protocol.UDP, ports.service(), ports.node());
    }
    List<SliceEndpoints> slices = new ArrayList<>();
    for (AddressPlan plan : plans) {
      settings
          .clusterIp(plan.address("CIP"))
          .loadBalancerIp(plan.address("VIP"))
          .externalIp(plan.address("EXT"));
      slices.add(slice(plan, endpoints));
    }
    switch (kind) {
      case "plain", "tcpOnly" -> {}
      case "etpLocal" -> settings.externalPolicy(TrafficPolicy.LOCAL);
      case "itpLocal" -> settings.internalPolicy(TrafficPolicy.LOCAL);
      case "allLocal" ->
          settings.externalPolicy(TrafficPolicy.LOCAL).internalPolicy(TrafficPolicy.LOCAL);
      case "ranges" -> addRanges(settings, plans, "NODES", "CLIENTS");
      case "clients" -> addRanges(settings, plans, "CLIENTS");
      case "zero" -> addRanges(settings, plans, "CLIENTS", "ALL");
      case "rangesLocal" ->
          addRanges(settings.externalPolicy(TrafficPolicy.LOCAL), plans, "NODES", "CLIENTS");
      case "foreign" -> {
        AddressPlan other =
            plans.get(0).family() == IpFamily.IPV4 ? AddressPlan.IPV6 : AddressPlan.IPV4;
        addRanges(settings, List.of(other), "NODES", "CLIENTS");
      }
      default -> throw new IllegalArgumentException("service " + kind);
    }
    return new ServiceInfo(settings.build(), slices);
  }

  private static void addRanges(
      ServiceSettingsBuilder settings, List<AddressPlan> plans, String... ranges) {
    for (AddressPlan plan : plans) {
      for (String range : ranges) {
        settings.sourceRange(plan.range(range));
      }
    }
  }

  private static SliceEndpoints slice(AddressPlan plan, List<String> endpoints) {
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
          plan.endpoint(endpoint.charAt(0) - '0'),
          conditions,
          endpoint.charAt(1) == 'L' ? NodeSetup.NODE : "elsewhere");
    }
    List<SliceEndpoints.Port> ports =
        List.of(
            new SliceEndpoints.Port(
                new EndpointPort("main", Protocol.TCP), plan.ports().tcpTarget()),
            new SliceEndpoints.Port(
                new EndpointPort("main", Protocol.UDP), plan.ports().udpTarget()));
    return new SliceEndpoints("slice-" + plan.name(), false, ports, table.build());
  }

  private static List<String> words(String cell) {
    return cell.strip().equals("-")
        ? List.of()
        : List.copyOf(new LinkedHashSet<>(List.of(cell.strip().split(" +"))));
  }
}
