// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.RoutePolicy;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The exchange that uses an {@link UpstreamConnection}. Called on its event loop only. */
public interface UpstreamListener {

  /** Why an exchange with an endpoint failed. */
  enum Failure {
    /** No connection could be opened. */
    CONNECT_FAILED,
    /** No connection was opened in time. */
    CONNECT_TIMEOUT,
    /** The endpoint says that it has not looked at the request. */
    REFUSED,
    /** The connection ended before the response did. */
    CLOSED,
    /** The endpoint stayed silent for too long. */
    TIMEOUT,
    /** The response cannot be understood safely. */
    MALFORMED,
    /** The endpoint speaks HTTP/2 and takes no WebSockets on its streams. */
    NO_WEBSOCKET
  }

  /** The timeouts of the exchange. */
  RoutePolicy policy();

  /** The connection is ready for the request. */
  void connected(UpstreamConnection connection);

  /** The exchange failed; the connection is gone. */
  void upstreamFailed(UpstreamConnection connection, Failure failure);

  /** Whether the response may go on; if not, {@link UpstreamConnection#resume} continues it. */
  boolean wantsResponse();

  /** A head arrived, possibly an informational one. */
  void responseHead(ResponseHead head);

  /** A piece of the body arrived; the listener owns it. */
  void responseBody(ByteBuf piece);

  /** The response is complete. The listener must release or close the connection. */
  void responseEnd(@Nullable HttpFields trailers);

  /** What arrived in one go was delivered. */
  void responseFlush();

  /** The endpoint takes more bytes again. */
  void upstreamWritable();

  /** Bytes of a tunnel; the listener owns them. */
  void tunnelData(ByteBuf bytes);

  /** The endpoint sends no more bytes through the tunnel. */
  void tunnelEnd();
}
