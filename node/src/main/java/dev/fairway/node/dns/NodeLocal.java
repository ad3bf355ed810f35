// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.node.kubeproxy.Commands;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes addresses local to the node, so that the node's pods ask the DNS on it without DNAT and
 * without connection tracking: a route of the table {@code local} for each address, and an nftables
 * table of its own. Its rules hold for as long as somebody listens on the address; when the process
 * is gone, however it went, packets to the kube-dns address go to kube-proxy's rules and so to the
 * replicas. What a process before this one left is taken over. Thread-safe.
 */
public final class NodeLocal implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NodeLocal.class.getName());
  static final String TABLE = "fairway-dns";
  private static final String PROTOCOL = "171";

  /** Leaves the machine as it is. */
  public static final NodeLocal NONE =
      new NodeLocal((_, _) -> new Commands.Result(0, ""), List.of());

  private final Commands commands;
  private final List<IpAddress> addresses;

  private NodeLocal(Commands commands, List<IpAddress> addresses) {
    this.commands = commands;
    this.addresses = List.copyOf(addresses);
  }

  /**
   * Makes addresses local.
   *
   * @param sources addresses of the node: what its own programs send from to these addresses; of a
   *     family that has none the kernel chooses
   * @throws IOException with one line that says what the machine refused; nothing is left then
   */
  public static NodeLocal setUp(List<IpAddress> addresses, List<IpAddress> sources)
      throws IOException, InterruptedException {
    return setUp(Commands.ofMachine(), addresses, sources);
  }

  static NodeLocal setUp(Commands commands, List<IpAddress> addresses, List<IpAddress> sources)
      throws IOException, InterruptedException {
    NodeLocal local = new NodeLocal(commands, addresses);
    try {
      for (IpAddress address : addresses) {
        local.run(local.route("replace", address, source(address, sources)), "");
      }
      local.run(List.of("nft", "-f", "-"), rules(addresses));
    } catch (IOException e) {
      local.close();
      throw e;
    }
    return local;
  }

  private static @Nullable IpAddress source(IpAddress address, List<IpAddress> sources) {
    return sources.stream().filter(ip -> ip.family() == address.family()).findFirst().orElse(null);
  }

  private List<String> route(String verb, IpAddress address, @Nullable IpAddress source) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ip",
                address.isV4() ? "-4" : "-6",
                "route",
                verb,
                "local",
                address.toString(),
                "dev",
                "lo",
                "table",
                "local",
                "proto",
                PROTOCOL));
    if (source != null) {
      command.addAll(List.of("src", source.toString()));
    }
    return command;
  }

  /** Addresses of this machine, of each family that it has, that others can answer to. */
  public static List<IpAddress> ofMachine() throws IOException {
    List<IpAddress> found = new ArrayList<>();
    for (NetworkInterface device : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      if (!device.isUp() || device.isLoopback()) {
        continue;
      }
      for (InetAddress address : Collections.list(device.getInetAddresses())) {
        if (!address.isLinkLocalAddress()) {
          found.add(IpAddress.ofBytes(address.getAddress()));
        }
      }
    }
    return found;
  }

  /** The table, made anew in one step. */
  static String rules(List<IpAddress> addresses) {
    StringBuilder asked = new StringBuilder();
    StringBuilder answered = new StringBuilder();
    for (IpAddress address : addresses) {
      String family = address.isV4() ? "ip" : "ip6";
      String to = "    " + family + " daddr " + address;
      // "socket wildcard 0": a socket is bound to this very address. Without one: no match.
      asked.append(to).append(" udp dport 53 socket wildcard 0 notrack\n");
      asked.append(to).append(" tcp dport 53 tcp flags & (syn|ack) == syn");
      asked.append(" socket wildcard 0 notrack\n");
      // Connections that are being made have no such property, but this one.
      asked.append(to).append(" tcp dport 53 tcp flags & (syn|ack) != syn");
      asked.append(" socket transparent 0 notrack\n");
      for (String protocol : List.of("udp", "tcp")) {
        answered.append(
            "    %s saddr %s %s sport 53 notrack%n".formatted(family, address, protocol));
      }
    }
    return """
    add table inet %1$s
    delete table inet %1$s
    table inet %1$s {
      chain prerouting {
        type filter hook prerouting priority raw; policy accept;
    %2$s  }
      chain output {
        type filter hook output priority raw; policy accept;
    %3$s  }
    }
    """
        .formatted(TABLE, asked, answered);
  }

  private void run(List<String> command, String input) throws IOException, InterruptedException {
    Commands.Result result = commands.run(command, input);
    if (!result.isDone()) {
      String said = result.isAbsent() ? "there is no such program" : result.output().strip();
      throw new IOException("--node-local: " + String.join(" ", command) + ": " + said);
    }
  }

  /** Removes the routes and the table. */
  @Override
  public void close() {
    try {
      commands.run(List.of("nft", "delete", "table", "inet", TABLE), "");
      for (IpAddress address : addresses) {
        commands.run(route("del", address, null), "");
      }
    } catch (InterruptedException _) {
      LOG.log(System.Logger.Level.WARNING, "interrupted: table and routes may be left");
      Thread.currentThread().interrupt();
    }
  }
}
