// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where the parties of a {@link ServiceScenario} live in one address family: clients, the node,
 * addresses of the service, endpoints. The names are those of the tables in {@link
 * ServiceScenarios}.
 */
public final class AddressPlan {
  /** The addresses of kube-proxy's own tests. */
  public static final AddressPlan IPV4 =
      new AddressPlan(
          "IPv4",
          Ports.UPSTREAM,
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
              Map.entry("NODES", "192.168.0.0/24"),
              Map.entry("ALTS", "192.168.1.0/24"),
              Map.entry("CLIENTS", "203.0.113.0/25"),
              Map.entry("ALL", "0.0.0.0/0")));

  /** The same parties in IPv6. */
  public static final AddressPlan IPV6 =
      new AddressPlan(
          "IPv6",
          Ports.UPSTREAM,
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
              Map.entry("NODES", "2001:db8::/64"),
              Map.entry("ALTS", "2001:db8:1::/64"),
              Map.entry("CLIENTS", "2001:db8:2::/64"),
              Map.entry("ALL", "::/0")));

  private final String name;
  private final Ports ports;
  private final Map<String, String> book;

  private AddressPlan(String name, Ports ports, Map<String, String> book) {
    this.name = name;
    this.ports = ports;
    this.book = Map.copyOf(book);
  }

  /** Everybody in 127.0.0.0/8, where any process may bind any address. */
  public static AddressPlan loopback(Ports ports) {
    return new AddressPlan(
        "loopback",
        ports,
        Map.ofEntries(
            Map.entry("POD", "127.70.9.2"),
            Map.entry("NODE", "127.71.0.2"),
            Map.entry("ALT", "127.71.1.2"),
            Map.entry("LOOPBACK", "127.0.0.1"),
            Map.entry("CLIENT", "127.72.0.2"),
            Map.entry("BLOCKED", "127.72.0.130"),
            Map.entry("CIP", "127.73.0.41"),
            Map.entry("FREE", "127.73.0.99"),
            Map.entry("FOREIGN", "127.74.0.99"),
            Map.entry("VIP", "127.75.7.8"),
            Map.entry("EXT", "127.76.99.11"),
            Map.entry("EP", "127.70.0."),
            Map.entry("PODS", "127.70.0.0/16"),
            Map.entry("SERVICES", "127.73.0.0/16"),
            Map.entry("NODES", "127.71.0.0/24"),
            Map.entry("ALTS", "127.71.1.0/24"),
            Map.entry("CLIENTS", "127.72.0.0/25"),
            Map.entry("ALL", "0.0.0.0/0")));
  }

  /** What the plan is called in names of tests. */
  public String name() {
    return name;
  }

  /** The port numbers. */
  public Ports ports() {
    return ports;
  }

  /** The address of a party: POD, NODE, ALT, LOOPBACK, CLIENT, BLOCKED, CIP, VIP, EXT ... */
  public IpAddress address(String party) {
    return IpAddress.parse(text(party));
  }

  /** The range of some parties: PODS, SERVICES, NODES, ALTS, CLIENTS, ALL. */
  public IpPrefix range(String parties) {
    return IpPrefix.parse(text(parties));
  }

  /** The address of an endpoint by its number, 1 to 9. */
  public IpAddress endpoint(int number) {
    return IpAddress.parse(text("EP") + number);
  }

  /** All addresses of which one is bound in a run over sockets, without loopback ones. */
  public List<IpAddress> bound() {
    List<IpAddress> all = new ArrayList<>();
    for (String party : List.of("POD", "NODE", "ALT", "CLIENT", "BLOCKED", "CIP", "VIP", "EXT")) {
      all.add(address(party));
    }
    for (int i = 1; i <= ServiceScenarios.ENDPOINTS; i++) {
      all.add(endpoint(i));
    }
    return all;
  }

  /** The family of all addresses. */
  public IpFamily family() {
    return address("NODE").family();
  }

  private String text(String party) {
    return Objects.requireNonNull(book.get(party), party);
  }

  @Override
  public String toString() {
    return name;
  }

  /**
   * Port numbers.
   *
   * @param service of the service
   * @param other that the service does not have
   * @param node the node port
   * @param tcpTarget of the endpoints for TCP
   * @param udpTarget of the endpoints for UDP
   */
  public record Ports(int service, int other, int node, int tcpTarget, int udpTarget) {
    /** Those of kube-proxy's tests. */
    public static final Ports UPSTREAM = new Ports(80, 81, 3001, 8443, 8053);
  }
}
