// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.ListenerTable;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What is served behind one listening socket; routes are replaced at any time. Thread-safe. */
public final class Frontend {
  private static final String ALT_SVC = "alt-svc";

  private final InetSocketAddress address;
  private final @Nullable ServerTls tls;
  private final boolean http3;
  private final AtomicInteger connections = new AtomicInteger();
  private volatile ListenerTable listeners = ListenerTable.empty();
  private volatile String altService = "";
  private volatile List<IpPrefix> proxyProtocolFrom = List.of();
  private volatile int httpsPort = 443;

  /**
   * @param address where to listen, port 0 for any free one
   * @param tls null for plain HTTP
   */
  public Frontend(InetSocketAddress address, @Nullable ServerTls tls) {
    this(address, tls, true);
  }

  /**
   * @param address where to listen, port 0 for any free one
   * @param tls null for plain HTTP
   * @param http3 whether HTTP/3 may take the UDP port of the same number
   */
  public Frontend(InetSocketAddress address, @Nullable ServerTls tls, boolean http3) {
    this.address = address;
    this.tls = tls;
    this.http3 = http3;
  }

  /** Replaces all routes at once. */
  public void publish(ListenerTable table) {
    listeners = table;
  }

  /** The port that redirects to HTTPS name. */
  public void redirectTo(int port) {
    httpsPort = port;
  }

  /**
   * Who begins its connections with a header of the PROXY protocol, and is believed. Others are
   * served without; theirs is no request.
   */
  public void acceptProxyProtocol(List<IpPrefix> from) {
    proxyProtocolFrom = List.copyOf(from);
  }

  boolean isProxyProtocol(IpAddress peer) {
    for (IpPrefix prefix : proxyProtocolFrom) {
      if (prefix.contains(peer)) {
        return true;
      }
    }
    return false;
  }

  /** Tells a client of TLS where HTTP/3 is served, unless the backend names other services. */
  void addAltService(HttpFields response) {
    String value = altService;
    if (!value.isEmpty() && response.get(ALT_SVC) == null) {
      response.add(ALT_SVC, value);
    }
  }

  /** HTTP/3 is served on a UDP port. */
  void offerHttp3(int port) {
    altService = "h3=\":" + port + "\"; ma=86400";
  }

  /** The current routes; a request reads them once. */
  ListenerTable listeners() {
    return listeners;
  }

  /** How many are open, on all sockets. */
  AtomicInteger connections() {
    return connections;
  }

  InetSocketAddress address() {
    return address;
  }

  @Nullable ServerTls tls() {
    return tls;
  }

  boolean mayServeHttp3() {
    return http3;
  }

  int httpsPort() {
    return httpsPort;
  }
}
