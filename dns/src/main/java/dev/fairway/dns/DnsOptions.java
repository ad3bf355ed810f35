// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.dns.forward.ResolvConf;
import dev.fairway.dns.rules.RuleSet;
import dev.fairway.dns.server.SecureOptions;
import dev.fairway.dns.server.ServerOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a DNS server is like.
 *
 * @param listen addresses; the first must be usable, others are reported if they are not. Port 0
 *     takes any free port
 * @param zone the cluster zone
 * @param server limits of the server
 * @param forward where other names are looked up; null refuses them
 * @param secure where DNS is served encrypted as well; null for nowhere
 * @param rules what happens to questions before and after they are answered
 * @param stateFile where what is known of the cluster is kept for the next start; null for nowhere
 */
public record DnsOptions(
    List<InetSocketAddress> listen,
    ZoneOptions zone,
    ServerOptions server,
    @Nullable ForwardOptions forward,
    @Nullable SecureOptions secure,
    RuleSet rules,
    @Nullable Path stateFile) {
  public DnsOptions {
    listen = List.copyOf(listen);
    if (listen.isEmpty()) {
      throw new IllegalArgumentException("no address to listen on");
    }
  }

  /** A server for the cluster domain on one address, without upstreams. */
  public static DnsOptions of(InetSocketAddress listen, String zone) {
    return new DnsOptions(
        List.of(listen),
        ZoneOptions.of(zone),
        ServerOptions.defaults(),
        null,
        null,
        RuleSet.PLAIN,
        null);
  }

  /** With these addresses. */
  public DnsOptions withListen(List<InetSocketAddress> addresses) {
    return new DnsOptions(addresses, zone, server, forward, secure, rules, stateFile);
  }

  /** With another zone. */
  public DnsOptions withZone(ZoneOptions options) {
    return new DnsOptions(listen, options, server, forward, secure, rules, stateFile);
  }

  /** With other limits. */
  public DnsOptions withServer(ServerOptions options) {
    return new DnsOptions(listen, zone, options, forward, secure, rules, stateFile);
  }

  /** With upstreams, or with null without. */
  public DnsOptions withForward(@Nullable ForwardOptions options) {
    return new DnsOptions(listen, zone, server, options, secure, rules, stateFile);
  }

  /** With encrypted DNS, or with null without. */
  public DnsOptions withSecure(@Nullable SecureOptions options) {
    return new DnsOptions(listen, zone, server, forward, options, rules, stateFile);
  }

  /** With rules for questions. */
  public DnsOptions withRules(RuleSet set) {
    return new DnsOptions(listen, zone, server, forward, secure, set, stateFile);
  }

  /** With a file for what is known of the cluster, or with null without. */
  public DnsOptions withStateFile(@Nullable Path file) {
    return new DnsOptions(listen, zone, server, forward, secure, rules, file);
  }

  /** With the upstreams of this machine, without if it has none. */
  public DnsOptions withSystemUpstreams() {
    List<InetSocketAddress> upstreams =
        ResolvConf.upstreams(
            List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf")));
    return withForward(upstreams.isEmpty() ? null : ForwardOptions.to(upstreams));
  }
}
