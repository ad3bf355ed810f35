// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/** The client's side of an {@link Exchange}, whatever its protocol. Called on its event loop. */
interface Downstream {
  EventLoop eventLoop();

  ByteBufAllocator allocator();

  /** Whether the client takes response bytes now. */
  boolean isWritable();

  /** The exchange can take (more of) the request's body. */
  void resumeRequest();

  void informational(ResponseHead head);

  /**
   * Starts the response.
   *
   * @param requestCompletes whether the request is complete or can be expected to be
   */
  void responseHead(ResponseHead head, boolean requestCompletes);

  /** Consumes a piece of the response's body. */
  void responseBody(ByteBuf piece);

  /** The response is complete; the exchange is over. */
  void responseEnd(@Nullable HttpFields trailers);

  void flush();

  /** The route is decided: the request goes on with an exchange, which is to be started. */
  void begin(Exchange exchange);

  /**
   * Answers in the gateway's own name, before any response head; the exchange is over.
   *
   * @param fields with the Content-Length of the body
   * @param body ASCII
   */
  void answer(int status, HttpFields fields, String body);

  /** Answers a request that cannot be trusted to end where it seems to. */
  void refuse(int status, String text);

  /** Breaks off a response that has begun; the exchange is over. */
  void abort();

  /** Accepts the client's upgrade; from now on bytes pass both ways as they are. */
  void startTunnel(ResponseHead head, String protocol);

  /** Consumes bytes of the tunnel. */
  void tunnelData(ByteBuf bytes);

  /** The backend sends no more. */
  void tunnelEnd();
}
