// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import java.util.List;

/** The kinds of routes, with the listener protocols that take them. */
public enum RouteKind {
  HTTP("HTTPRoute"),
  GRPC("GRPCRoute"),
  TLS("TLSRoute"),
  TCP("TCPRoute"),
  UDP("UDPRoute");

  private final String kind;

  RouteKind(String kind) {
    this.kind = kind;
  }

  /** The kind as objects name it. */
  public String kind() {
    return kind;
  }

  /** Whether its rules are for requests, else for streams and datagrams. */
  boolean takesRequests() {
    return this == HTTP || this == GRPC;
  }

  /** The kinds that a listener of a protocol can take; none where the protocol is unknown. */
  static List<RouteKind> of(String protocol) {
    return switch (protocol) {
      case "HTTP", "HTTPS" -> List.of(HTTP, GRPC);
      case "TLS" -> List.of(TLS);
      case "TCP" -> List.of(TCP);
      case "UDP" -> List.of(UDP);
      default -> List.of();
    };
  }
}
