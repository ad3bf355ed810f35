// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** The layers of frames below a connection, which only count and order them. */
public final class Http2Codecs {
  /** More CONTINUATION frames of few bytes end the connection. */
  private static final int MAX_SMALL_CONTINUATIONS = 16;

  /** Before a section above its limit ends the connection, it only ends its stream. */
  private static final int HUFFMAN_CAPACITY = 32;

  private Http2Codecs() {}

  /** The state of a connection's streams; pushing is not possible. */
  public static Http2Connection connection(boolean server) {
    Http2Connection connection = new DefaultHttp2Connection(server, 0);
    connection
        .remote()
        .flowController(
            new DefaultHttp2RemoteFlowController(
                connection, new UniformStreamByteDistributor(connection)));
    return connection;
  }

  /** Writes frames as the peer's windows allow; all streams have an equal share. */
  public static Http2ConnectionEncoder encoder(Http2Connection connection) {
    return new DefaultHttp2ConnectionEncoder(
        connection, new DefaultHttp2FrameWriter(Http2HeadersEncoder.NEVER_SENSITIVE, true));
  }

  /**
   * Reads frames; header sections arrive as {@link CollectedHeaders}.
   *
   * @param headerBytes a larger section is answered with 431; one much larger ends the connection
   */
  public static Http2ConnectionDecoder decoder(
      Http2Connection connection, Http2ConnectionEncoder encoder, int headerBytes) {
    DefaultHttp2HeadersDecoder headers =
        new DefaultHttp2HeadersDecoder(false, headerBytes, HUFFMAN_CAPACITY) {
          @Override
          protected Http2Headers newHeaders() {
            return new CollectedHeaders();
          }
        };
    Http2FrameReader reader;
    if (connection.isServer()) {
      StreamOrder order = new StreamOrder(connection, headers, MAX_SMALL_CONTINUATIONS);
      connection.addListener(order.resets());
      reader = order;
    } else {
      reader = new DefaultHttp2FrameReader(headers, MAX_SMALL_CONTINUATIONS);
    }
    return new DefaultHttp2ConnectionDecoder(
        connection,
        encoder,
        reader,
        Http2PromisedRequestVerifier.ALWAYS_VERIFY,
        true,
        true,
        false,
        false);
  }
}
