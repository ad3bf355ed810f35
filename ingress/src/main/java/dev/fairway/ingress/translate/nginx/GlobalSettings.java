// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.HstsHeader;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.tls.TlsRules;
import dev.fairway.service.IpPrefix;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What holds for every Ingress whose annotations say nothing else. Immutable.
 *
 * @param policy limits of routes
 * @param https when plain HTTP is redirected to HTTPS
 * @param access which addresses of clients are served
 * @param limits what is answered to clients that ask for too much
 * @param auth annotations about an authentication service of every path, empty for none
 * @param openPaths paths of rules that begin so are not authenticated
 * @param errorStatuses of responses that pages of default backends replace
 * @param balancing how an endpoint is chosen
 * @param relativeRedirects whether redirects are without scheme and host
 * @param edge how connections begin
 */
public record GlobalSettings(
    RoutePolicy policy,
    Https https,
    Access access,
    LimitStatuses limits,
    Map<String, String> auth,
    List<String> openPaths,
    Set<Integer> errorStatuses,
    Balancing balancing,
    boolean relativeRedirects,
    Edge edge) {
  /** Who is never asked who he is, nor redirected: cert-manager's solvers. */
  private static final List<String> CHALLENGES = List.of("/.well-known/acme-challenge");

  public GlobalSettings {
    auth = Map.copyOf(auth);
    openPaths = List.copyOf(openPaths);
    errorStatuses = Set.copyOf(errorStatuses);
  }

  /**
   * Redirects to HTTPS.
   *
   * @param whereTls for hosts with TLS
   * @param always for all hosts
   * @param plainPaths paths of rules that begin so are not redirected
   * @param hsts what hosts with TLS tell browsers, or null
   */
  public record Https(
      boolean whereTls,
      boolean always,
      int status,
      List<String> plainPaths,
      @Nullable HstsHeader hsts) {
    public Https {
      plainPaths = List.copyOf(plainPaths);
    }
  }

  /**
   * Addresses of clients.
   *
   * @param blocked are never served
   * @param denied null where the list cannot be read
   * @param allowed empty for all; null where the list cannot be read
   */
  public record Access(
      @Nullable List<IpPrefix> blocked,
      @Nullable List<IpPrefix> denied,
      @Nullable List<IpPrefix> allowed) {}

  /** Statuses of answers to too many requests, and to too many at a time. */
  public record LimitStatuses(int requests, int connections) {}

  /**
   * How connections begin.
   *
   * @param trusted whose X-Forwarded fields are believed
   * @param proxyProtocol who begins with a header of the PROXY protocol
   * @param tls what is agreed to in handshakes
   * @param refusesUnknown whether handshakes for names that no Ingress has are refused
   */
  public record Edge(
      List<IpPrefix> trusted, List<IpPrefix> proxyProtocol, TlsRules tls, boolean refusesUnknown) {
    public Edge {
      trusted = List.copyOf(trusted);
      proxyProtocol = List.copyOf(proxyProtocol);
    }
  }

  /**
   * What holds without a ConfigMap.
   *
   * @param redirects whether hosts with TLS are redirected to HTTPS
   * @param hsts whether they say so to browsers
   */
  public static GlobalSettings of(RoutePolicy policy, boolean redirects, boolean hsts) {
    return new GlobalSettings(
        policy,
        new Https(redirects, false, 308, CHALLENGES, hsts ? HstsHeader.YEAR : null),
        new Access(List.of(), List.of(), List.of()),
        new LimitStatuses(503, 503),
        Map.of(),
        CHALLENGES,
        Set.of(),
        Balancing.ROUND_ROBIN,
        false,
        new Edge(List.of(), List.of(), TlsRules.DEFAULT, false));
  }

  /** Whether the path of a rule is not authenticated. */
  boolean isOpen(String path) {
    return begins(path, openPaths);
  }

  /** Whether the path of a rule is not redirected to HTTPS. */
  boolean isPlain(String path) {
    return begins(path, https.plainPaths());
  }

  private static boolean begins(String path, List<String> prefixes) {
    for (String prefix : prefixes) {
      if (path.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }
}
