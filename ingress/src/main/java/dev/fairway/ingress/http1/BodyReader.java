// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** Reads the body of one message after another: by length, chunked, or until the end. */
final class BodyReader {
  private static final int MAX_CHUNK_LINE = 1024;
  private static final int MAX_CHUNK_DIGITS = 15;

  private enum State {
    LENGTH,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILERS,
    UNTIL_CLOSE,
    DONE,
    ENDED
  }

  private final HttpLimits limits;
  private final HeadScanner trailerScanner = new HeadScanner();
  private State state = State.ENDED;
  private long remaining;
  private int sizeScanned;
  private ByteBuf piece = Unpooled.EMPTY_BUFFER;
  private @Nullable HttpFields trailers;
  private String error = "";

  BodyReader(HttpLimits limits) {
    this.limits = limits;
  }

  void startLength(long length) {
    remaining = length;
    start(length == 0 ? State.DONE : State.LENGTH);
  }

  void startChunked() {
    start(State.CHUNK_SIZE);
  }

  void startUntilClose() {
    start(State.UNTIL_CLOSE);
  }

  /** BODY, END, NEED_MORE or MALFORMED. END is given once per message. */
  ReadEvent next(ByteBuf in) {
    while (true) {
      switch (state) {
        case LENGTH, CHUNK_DATA, UNTIL_CLOSE -> {
          return readPiece(in);
        }
        case CHUNK_SIZE -> {
          ReadEvent event = readChunkSize(in);
          if (event != ReadEvent.HEAD) {
            return event;
          }
        }
        case CHUNK_END -> {
          if (in.readableBytes() < 2) {
            return ReadEvent.NEED_MORE;
          }
          if (in.readByte() != '\r' || in.readByte() != '\n') {
            return malformed("chunk data is longer than its size says");
          }
          state = State.CHUNK_SIZE;
        }
        case TRAILERS -> {
          return readTrailers(in);
        }
        case DONE -> {
          state = State.ENDED;
          return ReadEvent.END;
        }
        case ENDED -> {
          return ReadEvent.NEED_MORE;
        }
      }
    }
  }

  /** The piece of the last BODY event; the caller owns it. */
  ByteBuf takePiece() {
    ByteBuf taken = piece;
    piece = Unpooled.EMPTY_BUFFER;
    return taken;
  }

  @Nullable HttpFields trailers() {
    return trailers;
  }

  String error() {
    return error;
  }

  private void start(State first) {
    state = first;
    trailers = null;
    sizeScanned = 0;
    trailerScanner.reset();
  }

  private ReadEvent readPiece(ByteBuf in) {
    int available = in.readableBytes();
    if (available == 0) {
      return ReadEvent.NEED_MORE;
    }
    if (state == State.UNTIL_CLOSE) {
      piece = in.readRetainedSlice(available);
      return ReadEvent.BODY;
    }
    int length = (int) Math.min(available, remaining);
    piece = in.readRetainedSlice(length);
    remaining -= length;
    if (remaining == 0) {
      state = state == State.LENGTH ? State.DONE : State.CHUNK_END;
    }
    return ReadEvent.BODY;
  }

  /** HEAD stands for "go on" here. */
  private ReadEvent readChunkSize(ByteBuf in) {
    int base = in.readerIndex();
    int lf = in.indexOf(base + sizeScanned, in.writerIndex(), (byte) '\n');
    if (lf < 0) {
      sizeScanned = in.readableBytes();
      return sizeScanned > MAX_CHUNK_LINE
          ? malformed("chunk size line is too long")
          : ReadEvent.NEED_MORE;
    }
    sizeScanned = 0;
    int lineEnd = lf - 1;
    if (lineEnd < base || in.getByte(lineEnd) != '\r' || lineEnd - base > MAX_CHUNK_LINE) {
      return malformed("chunk size line does not end with CRLF or is too long");
    }
    long size = 0;
    int at = base;
    while (at < lineEnd) {
      int digit = Octets.hex(in.getByte(at));
      if (digit < 0) {
        break;
      }
      size = size * 16 + digit;
      at++;
      if (at - base > MAX_CHUNK_DIGITS) {
        return malformed("chunk size is too large");
      }
    }
    if (at == base || (at < lineEnd && in.getByte(at) != ';')) {
      return malformed("malformed chunk size");
    }
    for (; at < lineEnd; at++) {
      if (!Octets.isFieldValue(in.getByte(at))) {
        return malformed("control character in a chunk extension");
      }
    }
    in.readerIndex(lf + 1);
    remaining = size;
    state = size == 0 ? State.TRAILERS : State.CHUNK_DATA;
    return size == 0 || in.isReadable() ? ReadEvent.HEAD : ReadEvent.NEED_MORE;
  }

  private ReadEvent readTrailers(ByteBuf in) {
    int length = trailerScanner.scan(in);
    if (length == HeadScanner.BARE_LF) {
      return malformed("bare LF in the trailers");
    }
    int seen = length < 0 ? trailerScanner.scanned() : length;
    if (seen > limits.trailerBytes() || trailerScanner.lines() > limits.headerFields()) {
      return malformed("trailers are too large");
    }
    if (length < 0) {
      return ReadEvent.NEED_MORE;
    }
    if (length > 2) {
      byte[] data = new byte[length];
      in.readBytes(data);
      HttpFields parsed = new HttpFields(data, length);
      String problem = FieldParser.parse(data, 0, length - 2, parsed, true);
      if (problem != null) {
        return malformed(problem);
      }
      trailers = parsed;
    } else {
      in.skipBytes(2);
    }
    state = State.ENDED;
    return ReadEvent.END;
  }

  private ReadEvent malformed(String problem) {
    error = problem;
    state = State.ENDED;
    return ReadEvent.MALFORMED;
  }
}
