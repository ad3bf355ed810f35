// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests from the bytes of a connection, one event at a time, so that the caller decides
 * when to read on. Refuses everything that another HTTP implementation could frame differently.
 * Confined to one event loop.
 */
public final class RequestReader {
  private static final int MAX_METHOD = 32;

  private final HttpLimits limits;
  private final HeadScanner scanner = new HeadScanner();
  private final BodyReader body;
  private boolean inBody;
  private boolean sawEmptyLine;
  private @Nullable RequestHead head;
  private int errorStatus;
  private String error = "";

  public RequestReader(HttpLimits limits) {
    this.limits = limits;
    body = new BodyReader(limits);
  }

  /**
   * Reads on. After END the next request is only looked for when {@link #nextRequest} was called.
   */
  public ReadEvent next(ByteBuf in) {
    if (inBody) {
      ReadEvent event = body.next(in);
      if (event == ReadEvent.MALFORMED) {
        errorStatus = 400;
        error = body.error();
      }
      return event;
    }
    return readHead(in);
  }

  /** The head of the last HEAD event. */
  public RequestHead head() {
    if (head == null) {
      throw new IllegalStateException("no head was read");
    }
    return head;
  }

  /** The piece of the last BODY event; the caller owns it. */
  public ByteBuf takeBody() {
    return body.takePiece();
  }

  /** The trailers of the last END event, or null. */
  public @Nullable HttpFields trailers() {
    return body.trailers();
  }

  /** The status that answers a malformed request. */
  public int errorStatus() {
    return errorStatus;
  }

  /** What is wrong with a malformed request; holds no input. */
  public String error() {
    return error;
  }

  /** Makes the reader look for the next request. */
  public void nextRequest() {
    inBody = false;
    head = null;
    sawEmptyLine = false;
    scanner.reset();
  }

  private ReadEvent readHead(ByteBuf in) {
    if (!in.isReadable()) {
      return ReadEvent.NEED_MORE;
    }
    if (scanner.scanned() == 0 && !skipEmptyLine(in)) {
      return error.isEmpty() ? ReadEvent.NEED_MORE : ReadEvent.MALFORMED;
    }
    int length = scanner.scan(in);
    if (length == HeadScanner.BARE_LF) {
      return malformed(400, "line does not end with CRLF");
    }
    int seen = length < 0 ? in.readableBytes() : length;
    if (scanner.lines() == 0 && seen > limits.startLineBytes() + 2) {
      return malformed(414, "request line is too long");
    }
    if (seen > limits.startLineBytes() + limits.headerBytes()
        || scanner.lines() > limits.headerFields() + 1) {
      return malformed(431, "header fields are too large or too many");
    }
    if (length < 0) {
      return ReadEvent.NEED_MORE;
    }
    byte[] data = new byte[length + HttpFields.ROOM];
    in.readBytes(data, 0, length);
    return parse(data, length);
  }

  /** One CRLF before a request line is ignored (RFC 9112 section 2.2). */
  private boolean skipEmptyLine(ByteBuf in) {
    byte first = in.getByte(in.readerIndex());
    if (first == '\r' && !sawEmptyLine) {
      if (in.readableBytes() < 2) {
        return false;
      }
      if (in.getByte(in.readerIndex() + 1) != '\n') {
        malformed(400, "malformed request line");
        return false;
      }
      in.skipBytes(2);
      sawEmptyLine = true;
      return in.isReadable() && skipEmptyLine(in);
    }
    if (!Octets.isToken(first)) {
      malformed(400, "malformed request line");
      return false;
    }
    return true;
  }

  private ReadEvent parse(byte[] data, int length) {
    int lineEnd = 0;
    while (data[lineEnd] != '\r') {
      lineEnd++;
    }
    if (lineEnd > limits.startLineBytes()) {
      return malformed(414, "request line is too long");
    }
    if (length - lineEnd - 4 > limits.headerBytes()) {
      return malformed(431, "header fields are too large");
    }
    int methodEnd = 0;
    while (methodEnd < lineEnd && Octets.isToken(data[methodEnd])) {
      methodEnd++;
    }
    int targetEnd = methodEnd + 1;
    while (targetEnd < lineEnd && data[targetEnd] > ' ' && data[targetEnd] < 127) {
      targetEnd++;
    }
    boolean shaped =
        methodEnd > 0
            && methodEnd <= MAX_METHOD
            && methodEnd < lineEnd
            && data[methodEnd] == ' '
            && targetEnd > methodEnd + 1
            && targetEnd < lineEnd
            && data[targetEnd] == ' '
            && data[lineEnd + 1] == '\n';
    int version = shaped ? version(data, targetEnd + 1, lineEnd) : -1;
    if (version < 0) {
      return malformed(version == -505 ? 505 : 400, "malformed request line");
    }
    HttpFields fields = new HttpFields(data, length);
    String problem = FieldParser.parse(data, lineEnd + 2, length - 2, fields, true);
    if (problem != null) {
      return malformed(400, problem);
    }
    String method = text(data, 0, methodEnd);
    String target = text(data, methodEnd + 1, targetEnd);
    return frame(method, target, version, fields);
  }

  private ReadEvent frame(String method, String target, int version, HttpFields fields) {
    int hosts = fields.count(Field.HOST);
    if (hosts > 1 || (hosts == 0 && version == 1)) {
      return malformed(400, "exactly one Host field is needed");
    }
    int encodings = fields.count(Field.TRANSFER_ENCODING);
    int lengths = fields.count(Field.CONTENT_LENGTH);
    long length = 0;
    if (encodings > 0) {
      if (lengths > 0) {
        return malformed(400, "both Content-Length and Transfer-Encoding");
      }
      if (version == 0) {
        return malformed(400, "Transfer-Encoding in HTTP/1.0");
      }
      if (encodings > 1 || !"chunked".equalsIgnoreCase(fields.get(Field.TRANSFER_ENCODING))) {
        return malformed(400, "unsupported Transfer-Encoding");
      }
      // A backend that looks for the word in lower case must find it too.
      fields.set(Field.TRANSFER_ENCODING, "chunked");
      length = -1;
    } else if (lengths > 0) {
      String value = fields.get(Field.CONTENT_LENGTH);
      length = value == null ? ContentLength.INVALID : ContentLength.parse(value);
      if (lengths > 1 || length == ContentLength.INVALID) {
        return malformed(400, "malformed Content-Length");
      }
    }
    head = new RequestHead(method, target, version, fields, length);
    if (length < 0) {
      body.startChunked();
    } else {
      body.startLength(length);
    }
    inBody = true;
    return ReadEvent.HEAD;
  }

  /** 0 or 1 for HTTP/1.0 and HTTP/1.1, -505 for another version, -1 for anything else. */
  private static int version(byte[] data, int from, int to) {
    if (to - from != 8) {
      return -1;
    }
    String text = text(data, from, to);
    if (text.equals("HTTP/1.1")) {
      return 1;
    }
    if (text.equals("HTTP/1.0")) {
      return 0;
    }
    boolean wellFormed =
        text.startsWith("HTTP/")
            && Character.isDigit(text.charAt(5))
            && text.charAt(6) == '.'
            && Character.isDigit(text.charAt(7));
    return wellFormed ? -505 : -1;
  }

  private static String text(byte[] data, int from, int to) {
    return new String(data, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private ReadEvent malformed(int status, String problem) {
    errorStatus = status;
    error = problem;
    return ReadEvent.MALFORMED;
  }
}
