// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.UpstreamSpec;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The copies of one request. Confined to the event loop of its client. */
final class Mirrors {
  private static final int MAX_COPIES = 16;

  private record Copy(UpstreamSpec upstream, @Nullable String host) {}

  private final GatewayContext gateway;
  private final Frontend frontend;
  private final Downstream original;
  private final Client client;
  private final List<Copy> copies = new ArrayList<>(1);
  private final List<Mirror> mirrors = new ArrayList<>(1);

  Mirrors(GatewayContext gateway, Frontend frontend, Downstream original, Client client) {
    this.gateway = gateway;
    this.frontend = frontend;
    this.original = original;
    this.client = client;
  }

  void add(UpstreamSpec upstream, @Nullable String host) {
    if (copies.size() < MAX_COPIES) {
      copies.add(new Copy(upstream, host));
    }
  }

  /** Begins the copies of a request whose filters are through. */
  void start(
      RequestHead head,
      RequestTarget target,
      String forwardedTarget,
      @Nullable String forwardedHost) {
    for (Copy asked : copies) {
      RequestHead copy =
          new RequestHead(
              head.method(),
              head.target(),
              head.minorVersion(),
              head.fields().copy(),
              head.contentLength());
      Mirror mirror = new Mirror(gateway, frontend, original, client, copy, target, asked.upstream);
      mirrors.add(mirror);
      mirror.start(forwardedTarget, asked.host == null ? forwardedHost : asked.host);
    }
  }

  /** Takes a piece of the body, which stays with the caller. */
  void peekBody(ByteBuf piece) {
    for (Mirror mirror : mirrors) {
      mirror.requestBody(piece.retainedDuplicate());
    }
  }

  void requestEnd() {
    for (Mirror mirror : mirrors) {
      mirror.requestEnd();
    }
  }

  void originalEnded() {
    for (Mirror mirror : mirrors) {
      mirror.originalEnded();
    }
  }
}
