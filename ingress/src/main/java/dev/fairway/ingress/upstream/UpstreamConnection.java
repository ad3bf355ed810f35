// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request to an endpoint: a connection of HTTP/1.1 that no other request uses
 * meanwhile, or a stream of HTTP/2. Confined to its event loop.
 */
public interface UpstreamConnection {
  Endpoint endpoint();

  /** Whether an earlier request used the connection. */
  boolean isReused();

  /** Whether the request certainly was not looked at by the endpoint. */
  boolean isHeadLost();

  /** Whether any byte of a response to the request arrived. */
  boolean hasResponseStarted();

  boolean isWritable();

  /**
   * Sends the head of a request; its body follows where it has one.
   *
   * @param target path and query
   */
  void writeHead(RequestHead request, String target);

  /** Sends a piece of the request's body; consumes it. */
  void writeBody(ByteBuf piece);

  /** The request is complete: from now on the endpoint owes a response. */
  void endRequest(@Nullable HttpFields trailers);

  /** Sends bytes through the tunnel; consumes them. */
  void write(ByteBuf bytes);

  void flush();

  /** Goes on delivering the response after {@link UpstreamListener#wantsResponse} was false. */
  void resume();

  /** Turns the connection into a tunnel: what arrives from now on is passed on as it is. */
  void startTunnel();

  /** Sends no more bytes through the tunnel, after those that were written. */
  void shutdownOutput();

  /**
   * Ends the exchange.
   *
   * @param reusable whether request and response are complete and both sides keep the connection
   */
  void release(boolean reusable);

  /** Breaks the exchange off; the listener hears nothing more. */
  void close();
}
