// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import dev.fairway.ingress.http1.ResponseHead.Framing;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the responses of a backend, as strict as {@link RequestReader}. */
public final class ResponseReader {
  private final HttpLimits limits;
  private final HeadScanner scanner = new HeadScanner();
  private final BodyReader body;
  private boolean inBody;
  private boolean untilClose;
  private boolean toHead;
  private @Nullable ResponseHead head;
  private String error = "";

  public ResponseReader(HttpLimits limits) {
    this.limits = limits;
    body = new BodyReader(limits);
  }

  /** Makes the reader expect the response to a request with the given method. */
  public void expectResponseTo(String method) {
    toHead = method.equals("HEAD");
    inBody = false;
    untilClose = false;
    head = null;
    scanner.reset();
  }

  /** Reads on. An informational response gives HEAD and no END; after 101 nothing may be read. */
  public ReadEvent next(ByteBuf in) {
    if (inBody) {
      ReadEvent event = body.next(in);
      if (event == ReadEvent.MALFORMED) {
        error = body.error();
      }
      return event;
    }
    int length = scanner.scan(in);
    if (length == HeadScanner.BARE_LF) {
      return malformed("line does not end with CRLF");
    }
    int seen = length < 0 ? in.readableBytes() : length;
    if (seen > limits.headerBytes() + limits.startLineBytes()
        || scanner.lines() > limits.headerFields() + 1) {
      return malformed("header fields are too large or too many");
    }
    if (length < 0) {
      return ReadEvent.NEED_MORE;
    }
    byte[] data = new byte[length];
    in.readBytes(data);
    scanner.reset();
    return parse(data);
  }

  /** Whether the end of the connection is the end of the current response. */
  public boolean endsWithConnection() {
    return inBody && untilClose;
  }

  /** Whether any byte of the current response was seen. */
  public boolean hasStarted() {
    return inBody || scanner.scanned() > 0;
  }

  /** The head of the last HEAD event. */
  public ResponseHead head() {
    if (head == null) {
      throw new IllegalStateException("no head was read");
    }
    return head;
  }

  /** Seconds of {@code Keep-Alive: timeout=}, or 0 where the backend does not say. */
  public long keepAliveSeconds() {
    String value = head == null ? null : head.fields().get(Field.KEEP_ALIVE);
    if (value == null) {
      return 0;
    }
    for (String element : value.split(",")) {
      String parameter = element.strip();
      if (parameter.startsWith("timeout=")) {
        long seconds = ContentLength.parse(parameter.substring("timeout=".length()));
        return Math.clamp(seconds, 0, 86_400);
      }
    }
    return 0;
  }

  /** The piece of the last BODY event; the caller owns it. */
  public ByteBuf takeBody() {
    return body.takePiece();
  }

  /** The trailers of the last END event, or null. */
  public @Nullable HttpFields trailers() {
    return body.trailers();
  }

  /** What is wrong with a malformed response; holds no input. */
  public String error() {
    return error;
  }

  private ReadEvent parse(byte[] data) {
    int lineEnd = 0;
    while (data[lineEnd] != '\r') {
      lineEnd++;
    }
    String line = new String(data, 0, lineEnd, StandardCharsets.ISO_8859_1);
    boolean shaped =
        line.length() >= 12
            && (line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 "))
            && (line.length() == 12 || line.charAt(12) == ' ')
            && data[lineEnd + 1] == '\n';
    long status = shaped ? ContentLength.parse(line.substring(9, 12)) : -1;
    if (status < 100 || !isReason(line)) {
      return malformed("malformed status line");
    }
    HttpFields fields = new HttpFields(data, data.length);
    String problem = FieldParser.parse(data, lineEnd + 2, data.length - 2, fields, false);
    if (problem != null) {
      return malformed(problem);
    }
    String reason = line.length() > 13 ? line.substring(13) : "";
    return frame((int) status, reason, line.charAt(7) - '0', fields);
  }

  private static boolean isReason(String line) {
    for (int i = 12; i < line.length(); i++) {
      if (!Octets.isFieldValue((byte) line.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private ReadEvent frame(int status, String reason, int version, HttpFields fields) {
    int encodings = fields.count(Field.TRANSFER_ENCODING);
    int lengths = fields.count(Field.CONTENT_LENGTH);
    String lengthText = fields.get(Field.CONTENT_LENGTH);
    long length = lengthText == null ? 0 : ContentLength.parse(lengthText);
    if (lengths > 1 || length < 0 || (encodings > 0 && lengths > 0)) {
      return malformed("ambiguous length of the response");
    }
    Framing framing = Framing.NONE;
    if (status >= 200 && status != 204 && status != 304 && !toHead) {
      if (encodings > 0) {
        if (encodings > 1
            || version == 0
            || !"chunked".equalsIgnoreCase(fields.get(Field.TRANSFER_ENCODING))) {
          return malformed("unsupported Transfer-Encoding of the response");
        }
        framing = Framing.CHUNKED;
      } else {
        framing = lengths > 0 ? Framing.LENGTH : Framing.UNTIL_CLOSE;
      }
    }
    head = new ResponseHead(status, reason, version, fields, framing, length);
    if (status < 200) {
      return ReadEvent.HEAD;
    }
    inBody = true;
    untilClose = framing == Framing.UNTIL_CLOSE;
    switch (framing) {
      case NONE -> body.startLength(0);
      case LENGTH -> body.startLength(length);
      case CHUNKED -> body.startChunked();
      case UNTIL_CLOSE -> body.startUntilClose();
    }
    return ReadEvent.HEAD;
  }

  private ReadEvent malformed(String problem) {
    error = problem;
    return ReadEvent.MALFORMED;
  }
}
