// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.forward.ErrorLogOptions;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.dns.rules.RuleSet;
import dev.fairway.dns.server.CookieOptions;
import dev.fairway.dns.server.DesignatedResolver;
import dev.fairway.dns.server.LocalName;
import dev.fairway.dns.server.RateLimitOptions;
import dev.fairway.dns.server.SecureOptions;
import dev.fairway.dns.server.ServerOptions;
import dev.fairway.dns.server.TransferOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that was read and checked.
 *
 * @param listen addresses of all server blocks, with their port; the wildcard address where the
 *     file names none
 * @param kubernetes the cluster zone, null where no block has one
 * @param forward upstreams and cache, null where no block has any
 * @param rules what happens to questions before and after they are answered
 * @param process what concerns the whole process
 * @param serving how clients are served
 * @param warnings accepted things that have no effect here
 */
public record DnsConfig(
    List<InetSocketAddress> listen,
    @Nullable KubernetesConfig kubernetes,
    @Nullable ForwardOptions forward,
    RuleSet rules,
    Process process,
    Serving serving,
    List<String> warnings) {
  /** As CoreDNS, which sends what the client takes, as far as this server goes. */
  private static final int MAX_UDP_PAYLOAD = 4096;

  /**
   * What concerns the whole process.
   *
   * @param health where {@code /health} is served, null for nowhere
   * @param lameduck for how long queries are still answered after the end was asked for
   * @param ready where {@code /ready} is served, null for nowhere
   * @param readyContinuously whether a server that was ready may be found not ready again
   * @param metrics where {@code /metrics} is served, null for nowhere
   * @param reload how often the file is looked at, null for never
   * @param errors how failures are logged
   * @param maxUdpPayload octets of a UDP response, 0 for the default
   * @param eventLoops threads, 0 for the default
   * @param nsid name of this server for who asks by NSID, empty for none
   */
  public record Process(
      @Nullable InetSocketAddress health,
      Duration lameduck,
      @Nullable InetSocketAddress ready,
      boolean readyContinuously,
      @Nullable InetSocketAddress metrics,
      @Nullable Reload reload,
      ErrorLogOptions errors,
      int maxUdpPayload,
      int eventLoops,
      String nsid) {}

  /**
   * How clients are served.
   *
   * @param secure where DNS is served encrypted, null for nowhere
   * @param transfers who may transfer the zone
   * @param version told to who asks for {@code version.bind}, empty for none
   * @param cookies how DNS cookies are treated
   * @param rateLimit how many UDP queries one address may ask
   * @param localNames names that are answered here
   * @param designated what clients that look for encrypted DNS are told, null for nothing
   */
  public record Serving(
      @Nullable SecureOptions secure,
      TransferOptions transfers,
      String version,
      CookieOptions cookies,
      RateLimitOptions rateLimit,
      Set<LocalName> localNames,
      @Nullable DesignatedResolver designated) {

    /** The options of a server that serves so. */
    public ServerOptions apply(ServerOptions server) {
      return server
          .withTransfers(transfers)
          .withVersion(version)
          .withCookies(cookies)
          .withRateLimit(rateLimit)
          .withLocalNames(localNames)
          .withDesignated(designated);
    }
  }

  /**
   * How often the file is looked at.
   *
   * @param interval between two looks
   * @param jitter by which each interval is longer or shorter, at most half of it
   */
  public record Reload(Duration interval, Duration jitter) {
    /** Every 30 s, 15 s more or less. */
    public static final Reload DEFAULT = new Reload(Duration.ofSeconds(30), Duration.ofSeconds(15));
  }

  public DnsConfig {
    listen = List.copyOf(listen);
    warnings = List.copyOf(warnings);
  }

  /**
   * The options of a server.
   *
   * @param addresses to listen on instead of those of the file, none to take those
   * @param defaults for what the file does not say
   */
  public DnsOptions options(List<InetSocketAddress> addresses, DnsOptions defaults) {
    ServerOptions server = serving.apply(defaults.server());
    if (process.maxUdpPayload() > 0) {
      server = server.withMaxUdpPayload(process.maxUdpPayload());
    } else if (kubernetes != null && kubernetes.zone().compat()) {
      server = server.withMaxUdpPayload(MAX_UDP_PAYLOAD);
    }
    if (process.eventLoops() > 0) {
      server = server.withEventLoops(process.eventLoops());
    }
    if (!process.nsid().isEmpty()) {
      server = server.withNsid(process.nsid());
    }
    return defaults
        .withListen(addresses.isEmpty() ? listen : addresses)
        .withZone(kubernetes == null ? defaults.zone() : kubernetes.zone())
        .withServer(server)
        .withSecure(serving.secure())
        .withForward(forward)
        .withRules(rules);
  }

  /**
   * Reads a Corefile, or YAML where the file's name ends with {@code .yaml} or {@code .yml}.
   *
   * @throws IOException when the file cannot be read
   * @throws ConfigException when it cannot be used; it names every fault
   */
  public static DnsConfig load(Path file) throws IOException, ConfigException {
    return parse(file, ConfigFile.read(file), System.getenv()::get);
  }

  /**
   * {@link #load} of a text.
   *
   * @param file names the text, and its folder is where imports and hosts files are looked for
   * @param environment values of variables
   */
  static DnsConfig parse(Path file, String text, Function<String, @Nullable String> environment)
      throws ConfigException {
    Problems problems = new Problems();
    Path parent = file.toAbsolutePath().getParent();
    Path folder = parent == null ? Path.of("/") : parent;
    String name = String.valueOf(file.getFileName());
    List<ServerBlock> blocks =
        name.endsWith(".yaml") || name.endsWith(".yml")
            ? new YamlReader(name, problems).parse(text)
            : new CorefileParser(folder, environment, problems).parse(name, text);
    problems.raise();
    DnsConfig config = new ConfigBuilder(folder, System::nanoTime, problems).build(name, blocks);
    problems.raise();
    return config;
  }
}
