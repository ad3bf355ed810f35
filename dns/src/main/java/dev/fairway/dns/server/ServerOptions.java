// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the server treats clients.
 *
 * @param eventLoops threads, and UDP sockets for each address
 * @param maxUdpPayload no UDP response is larger, in octets; 1232 is never fragmented
 * @param nsid name of this server, told to who asks by NSID (RFC 5001) or for {@code id.server} of
 *     class CH; at most 255 octets; empty for none
 * @param version told to who asks for {@code version.bind} of class CH; likewise
 * @param tcp limits of connections
 * @param cookies how DNS cookies are treated
 * @param rateLimit how many UDP queries one address may ask
 * @param localNames names that are answered here instead of being asked for
 * @param designated where clients find our encrypted DNS; null where they need not
 * @param transfers who may copy the zone
 * @param batchedUdp whether datagrams are read and sent in batches where that is possible; if not,
 *     by Netty
 * @param sharedAddress whether another server of the same user may listen at the same addresses and
 *     take new clients over
 */
public record ServerOptions(
    int eventLoops,
    int maxUdpPayload,
    String nsid,
    String version,
    TcpOptions tcp,
    CookieOptions cookies,
    RateLimitOptions rateLimit,
    Set<LocalName> localNames,
    @Nullable DesignatedResolver designated,
    TransferOptions transfers,
    boolean batchedUdp,
    boolean sharedAddress) {

  public ServerOptions {
    if (eventLoops < 1) {
      throw new IllegalArgumentException("eventLoops must be at least 1, not " + eventLoops);
    }
    if (maxUdpPayload < 512 || maxUdpPayload > 4096) {
      throw new IllegalArgumentException("maxUdpPayload must be 512 to 4096, not " + maxUdpPayload);
    }
    requireString("nsid", nsid);
    requireString("version", version);
    localNames = Set.copyOf(localNames);
  }

  private static void requireString(String field, String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length > 255) {
      throw new IllegalArgumentException(field + " must have at most 255 octets");
    }
  }

  /**
   * Two event loops at most, 1232 octets, no names, connections as {@link TcpOptions#defaults},
   * cookies as {@link CookieOptions#defaults}, no limit of queries, {@link LocalName#defaults}, no
   * transfers.
   */
  public static ServerOptions defaults() {
    int loops = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 2);
    return new ServerOptions(
        loops,
        1232,
        "",
        "",
        TcpOptions.defaults(),
        CookieOptions.defaults(),
        RateLimitOptions.off(),
        LocalName.defaults(),
        null,
        TransferOptions.none(),
        true,
        false);
  }

  /** With another idle timeout. */
  public ServerOptions withTcpIdleTimeout(Duration timeout) {
    return withTcp(
        new TcpOptions(
            timeout,
            tcp.maxConnections(),
            tcp.maxConnectionsPerClient(),
            tcp.maxPipeline(),
            tcp.maxQueries()));
  }

  /** With other limits of connections. */
  public ServerOptions withMaxTcpConnections(int total, int perClient) {
    return withTcp(
        new TcpOptions(tcp.idleTimeout(), total, perClient, tcp.maxPipeline(), tcp.maxQueries()));
  }

  /** With another number of event loops. */
  public ServerOptions withEventLoops(int loops) {
    return with(fields -> fields.eventLoops = loops);
  }

  /** With another limit of UDP responses, in octets. */
  public ServerOptions withMaxUdpPayload(int octets) {
    return with(fields -> fields.maxUdpPayload = octets);
  }

  /** With a name to tell by NSID. */
  public ServerOptions withNsid(String name) {
    return with(fields -> fields.nsid = name);
  }

  /** With a version to tell. */
  public ServerOptions withVersion(String text) {
    return with(fields -> fields.version = text);
  }

  /** With other limits of connections. */
  public ServerOptions withTcp(TcpOptions limits) {
    return with(fields -> fields.tcp = limits);
  }

  /** With other cookies. */
  public ServerOptions withCookies(CookieOptions options) {
    return with(fields -> fields.cookies = options);
  }

  /** With another limit of UDP queries. */
  public ServerOptions withRateLimit(RateLimitOptions limit) {
    return with(fields -> fields.rateLimit = limit);
  }

  /** With other names answered here. */
  public ServerOptions withLocalNames(Set<LocalName> names) {
    return with(fields -> fields.localNames = names);
  }

  /** With an answer to who looks for encrypted DNS, or with null without. */
  public ServerOptions withDesignated(@Nullable DesignatedResolver resolver) {
    return with(fields -> fields.designated = resolver);
  }

  /** With others who may copy the zone. */
  public ServerOptions withTransfers(TransferOptions options) {
    return with(fields -> fields.transfers = options);
  }

  /** With datagrams read and sent in batches where that is possible, or always by Netty. */
  public ServerOptions withBatchedUdp(boolean batched) {
    return with(fields -> fields.batchedUdp = batched);
  }

  /** With addresses that another server of the same user may take over, or not. */
  public ServerOptions withSharedAddress(boolean shared) {
    return with(fields -> fields.sharedAddress = shared);
  }

  private ServerOptions with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return fields.options();
  }

  /** The same, to be changed. */
  private static final class Fields {
    int eventLoops;
    int maxUdpPayload;
    String nsid;
    String version;
    TcpOptions tcp;
    CookieOptions cookies;
    RateLimitOptions rateLimit;
    Set<LocalName> localNames;
    @Nullable DesignatedResolver designated;
    TransferOptions transfers;
    boolean batchedUdp;
    boolean sharedAddress;

    Fields(ServerOptions options) {
      eventLoops = options.eventLoops;
      maxUdpPayload = options.maxUdpPayload;
      nsid = options.nsid;
      version = options.version;
      tcp = options.tcp;
      cookies = options.cookies;
      rateLimit = options.rateLimit;
      localNames = options.localNames;
      designated = options.designated;
      transfers = options.transfers;
      batchedUdp = options.batchedUdp;
      sharedAddress = options.sharedAddress;
    }

    ServerOptions options() {
      return new ServerOptions(
          eventLoops,
          maxUdpPayload,
          nsid,
          version,
          tcp,
          cookies,
          rateLimit,
          localNames,
          designated,
          transfers,
          batchedUdp,
          sharedAddress);
    }
  }
}
