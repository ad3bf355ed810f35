// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds out what kind of target is asked for and who explains it. Stateless. */
public final class Explainer {
  private static final String EXPECTED =
      "expected ip:port, ip:port/udp, http://host/path or a DNS name";

  private final ClusterView view;
  private final Client client;
  private final UrlRequest request;

  /**
   * An explainer.
   *
   * @param client who connects
   */
  public Explainer(ClusterView view, Client client) {
    this(view, client, UrlRequest.DEFAULT);
  }

  /**
   * The same for requests that say more than a URL.
   *
   * @param client who connects
   */
  public Explainer(ClusterView view, Client client, UrlRequest request) {
    this.view = view;
    this.client = client;
    this.request = request;
  }

  /** A connection's destination. */
  public record Address(IpAddress ip, int port, Protocol protocol) {
    @Override
    public String toString() {
      return EndpointText.text(ip, port) + "/" + protocol;
    }
  }

  /**
   * Explains a target.
   *
   * @throws IllegalArgumentException if it is none of the known kinds, or the client is not known
   */
  public Explanation explain(String target) {
    check(target);
    if (target.contains("://")) {
      return explainUrl(target);
    }
    Address address = address(target);
    if (address != null) {
      return new AddressExplainer(view, client).explain(address);
    }
    return new NameExplainer(view).explain(target.toLowerCase(Locale.ROOT));
  }

  /** Refuses what is no target, before anything is loaded. */
  public static void check(String target) {
    if (target.contains("://")) {
      if (url(target) == null) {
        throw new IllegalArgumentException("'" + target + "': " + EXPECTED);
      }
    } else if (address(target) == null && !isName(target)) {
      throw new IllegalArgumentException("'" + target + "': " + EXPECTED);
    }
  }

  private Explanation explainUrl(String target) {
    RequestTarget parsed = url(target);
    if (parsed == null) {
      throw new IllegalArgumentException("'" + target + "': " + EXPECTED);
    }
    boolean tls = target.toLowerCase(Locale.ROOT).startsWith("https://");
    Address direct = address(parsed.authority());
    if (direct == null) {
      direct = address(parsed.authority() + (tls ? ":443" : ":80"));
    }
    if (direct != null) {
      AddressExplainer addresses = new AddressExplainer(view, client);
      if (addresses.isKnown(direct)) {
        return addresses.explain(direct);
      }
    }
    return new UrlExplainer(view, request).explain(target, parsed);
  }

  private static @Nullable RequestTarget url(String target) {
    String lower = target.toLowerCase(Locale.ROOT);
    return lower.startsWith("http://") || lower.startsWith("https://")
        ? RequestTarget.parse(target, null)
        : null;
  }

  /** The address that a target is; null if it is something else. */
  public static @Nullable Address address(String text) {
    Protocol protocol = Protocol.TCP;
    String rest = text;
    int slash = text.indexOf('/');
    if (slash >= 0) {
      switch (text.substring(slash + 1).toLowerCase(Locale.ROOT)) {
        case "tcp" -> protocol = Protocol.TCP;
        case "udp" -> protocol = Protocol.UDP;
        case "sctp" -> protocol = Protocol.SCTP;
        default -> {
          return null;
        }
      }
      rest = text.substring(0, slash);
    }
    int colon = rest.lastIndexOf(':');
    String host = colon < 0 ? "" : rest.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      return null;
    }
    IpAddress ip = IpAddress.tryParse(host);
    String port = rest.substring(colon + 1);
    if (ip == null || !port.matches("[0-9]{1,5}")) {
      return null;
    }
    int number = Integer.parseInt(port);
    return number < 1 || number > 65535 ? null : new Address(ip, number, protocol);
  }

  private static boolean isName(String text) {
    return text.length() <= 253
        && text.matches(
            "(?i)[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*\\.?")
        && !text.matches("[0-9.]+");
  }
}
