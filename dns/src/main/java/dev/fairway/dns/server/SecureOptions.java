// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Where DNS is served encrypted. Port 0 takes any free port.
 *
 * @param certificate file with the certificate and its chain, PEM
 * @param key file with the key, PEM: PKCS #8, PKCS #1 or SEC 1
 * @param reload how often the files are looked at; new connections use what they hold then
 * @param tls addresses for DNS over TLS (RFC 7858), port 853 as a rule
 * @param https addresses for DNS over HTTPS (RFC 8484) by HTTP/2 and HTTP/1.1, port 443 as a rule
 * @param http3 whether the {@code https} addresses take HTTP/3 as well
 * @param quic addresses for DNS over QUIC (RFC 9250), UDP port 853 as a rule
 * @param path of HTTP requests
 */
public record SecureOptions(
    Path certificate,
    Path key,
    Duration reload,
    List<InetSocketAddress> tls,
    List<InetSocketAddress> https,
    boolean http3,
    List<InetSocketAddress> quic,
    String path) {

  public SecureOptions {
    if (!path.startsWith("/") || path.indexOf('?') >= 0 || path.indexOf('#') >= 0) {
      throw new IllegalArgumentException("path must start with / and have no query: " + path);
    }
    if (reload.isNegative() || reload.isZero()) {
      throw new IllegalArgumentException("reload must be positive, not " + reload);
    }
    tls = List.copyOf(tls);
    https = List.copyOf(https);
    quic = List.copyOf(quic);
  }

  /** No addresses yet, {@code /dns-query}, files looked at every 10 seconds, HTTP/3 too. */
  public static SecureOptions of(Path certificate, Path key) {
    return new SecureOptions(
        certificate,
        key,
        Duration.ofSeconds(10),
        List.of(),
        List.of(),
        true,
        List.of(),
        "/dns-query");
  }

  /** With these addresses for DNS over TLS. */
  public SecureOptions withTls(InetSocketAddress... addresses) {
    return new SecureOptions(
        certificate, key, reload, List.of(addresses), https, http3, quic, path);
  }

  /** With these addresses for DNS over HTTPS. */
  public SecureOptions withHttps(InetSocketAddress... addresses) {
    return new SecureOptions(certificate, key, reload, tls, List.of(addresses), http3, quic, path);
  }

  /** With these addresses for DNS over QUIC. */
  public SecureOptions withQuic(InetSocketAddress... addresses) {
    return new SecureOptions(certificate, key, reload, tls, https, http3, List.of(addresses), path);
  }

  /** With or without HTTP/3. */
  public SecureOptions withHttp3(boolean on) {
    return new SecureOptions(certificate, key, reload, tls, https, on, quic, path);
  }

  /** With files looked at that often. */
  public SecureOptions withReload(Duration period) {
    return new SecureOptions(certificate, key, period, tls, https, http3, quic, path);
  }

  /** With the addresses that are really listened on. */
  SecureOptions bound(
      List<InetSocketAddress> dot, List<InetSocketAddress> doh, List<InetSocketAddress> doq) {
    return new SecureOptions(certificate, key, reload, dot, doh, http3, doq, path);
  }
}
