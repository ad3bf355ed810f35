// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.HttpFields;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;

/** A stream of a client's connection, below a {@link StreamDownstream}. On its event loop. */
interface ClientStream {
  /** Why a stream is broken off. */
  enum Reset {
    /** The response is complete, what the client would still send is of no use. */
    ANSWERED,
    /** What the client has sent is not a request. */
    MALFORMED,
    /** The response cannot be completed. */
    BROKEN,
    /** The client does not go on. */
    TOO_SLOW
  }

  GatewayContext gateway();

  /** The channel whose event loop and allocator are used. */
  Channel channel();

  /** The time of the event loop in nanoseconds. */
  long now();

  /** Whether the client takes bytes now. */
  boolean isWritable();

  void writeHead(int status, HttpFields fields, boolean end);

  /** Consumes bytes. */
  ChannelFuture writeData(ByteBuf data, boolean end);

  /** Ends the stream. */
  void writeTrailers(HttpFields trailers);

  void reset(Reset why);

  /** Lets the client send as many bytes again as were taken from the stream. */
  void consumed(int bytes);

  /** Writes everything at once, after what else happens on this event loop right now. */
  void flushSoon();

  /** Has the request's bytes sent once everything that arrived was looked at. */
  void flushRequestSoon(StreamDownstream downstream);
}
