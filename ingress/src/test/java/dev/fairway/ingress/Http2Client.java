// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A connection of HTTP/2 on which a test sends the frames it likes. */
final class Http2Client implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PROTOCOL_ERROR = 1;
  static final int FRAME_SIZE_ERROR = 6;
  static final int ENHANCE_YOUR_CALM = 11;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int TIMEOUT_MILLIS = 20_000;

  /** A frame of the gateway. */
  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean is(int flag) {
      return (flags & flag) != 0;
    }

    int uint32(int at) {
      return Unpooled.wrappedBuffer(payload).getInt(at);
    }
  }

  /** What became of a stream. */
  static final class Response {
    final Map<String, String> fields = new TreeMap<>();
    final Map<String, String> trailers = new TreeMap<>();
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    final List<Integer> informational = new ArrayList<>();
    int status;
    int reset = -1;
    int goAway = -1;
    boolean ended;
    boolean closed;

    String text() {
      return body.toString(StandardCharsets.ISO_8859_1);
    }

    /** The status, or how else the stream ended. */
    String verdict() {
      if (status > 0) {
        return Integer.toString(status);
      }
      if (goAway >= 0) {
        return "GOAWAY " + goAway;
      }
      return reset >= 0 ? "RST " + reset : closed ? "closed" : "nothing";
    }

    @Override
    public String toString() {
      return verdict() + " " + fields + " " + text();
    }
  }

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
  private final Map<Integer, Response> responses = new TreeMap<>();
  final List<Integer> goAways = new ArrayList<>();
  int goAwayCode = -1;
  boolean closed;
  boolean keepWindows;
  private int next = 1;

  Http2Client(InetSocketAddress address) throws IOException {
    this(new Socket(address.getAddress(), address.getPort()));
  }

  Http2Client(Socket socket) throws IOException {
    this(socket, true);
  }

  private Http2Client(Socket socket, boolean client, int... settings) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
    out = socket.getOutputStream();
    if (client) {
      out.write(PREFACE);
    } else {
      in.readNBytes(PREFACE.length);
    }
    frame(SETTINGS, 0, 0, settings);
  }

  /** The other side of a connection: what requests have is found where responses have it. */
  static Http2Client server(Socket accepted, int... settings) throws IOException {
    return new Http2Client(accepted, false, settings);
  }

  /** Reads until the whole of a request has come; its stream, or 0 at the connection's end. */
  int request() throws IOException {
    while (!closed) {
      Frame frame = read();
      if ((frame.type() == HEADERS || frame.type() == DATA) && frame.is(END_STREAM)) {
        return frame.stream();
      }
    }
    return 0;
  }

  /** The number of a new stream. */
  int stream() {
    int stream = next;
    next += 2;
    return stream;
  }

  void frame(int type, int flags, int stream, int... payload) throws IOException {
    byte[] bytes = new byte[payload.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    frame(type, flags, stream, bytes);
  }

  void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    ByteBuf frame = Unpooled.buffer(9 + payload.length);
    frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
    frame.writeBytes(payload);
    out.write(frame.array(), 0, frame.readableBytes());
    out.flush();
  }

  /** Sends a whole header section; names and values alternate. */
  void headers(int stream, boolean end, String... fields) throws IOException {
    frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, encode(fields));
  }

  void data(int stream, boolean end, byte[] bytes) throws IOException {
    frame(DATA, end ? END_STREAM : 0, stream, bytes);
  }

  void data(int stream, boolean end, String text) throws IOException {
    data(stream, end, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void windowUpdate(int stream, int bytes) throws IOException {
    frame(WINDOW_UPDATE, 0, stream, bytes >>> 24, bytes >>> 16 & 0xff, bytes >>> 8 & 0xff, bytes);
  }

  /** Sends a request without body and reads its response. */
  Response get(String authority, String path) throws IOException {
    int stream = stream();
    headers(
        stream, true, ":method", "GET", ":scheme", "http", ":authority", authority, ":path", path);
    return response(stream);
  }

  /** Literal fields without indexing and without Huffman code: any octet goes. */
  static byte[] encode(String... fields) {
    ByteBuf out = Unpooled.buffer();
    for (int i = 0; i < fields.length; i += 2) {
      out.writeByte(0);
      literal(out, fields[i]);
      literal(out, fields[i + 1]);
    }
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  private static void literal(ByteBuf out, String text) {
    int length = text.length();
    if (length < 127) {
      out.writeByte(length);
    } else {
      out.writeByte(127);
      int rest = length - 127;
      while (rest >= 128) {
        out.writeByte(rest % 128 + 128);
        rest /= 128;
      }
      out.writeByte(rest);
    }
    out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
  }

  /** Reads until the stream is over, or the connection. */
  Response response(int stream) throws IOException {
    Response response = of(stream);
    while (!response.ended && response.reset < 0 && !closed) {
      read();
    }
    response.goAway = goAwayCode;
    response.closed = closed;
    return response;
  }

  /** Reads until the head of a response is there, or the stream is over. */
  Response head(int stream) throws IOException {
    Response response = of(stream);
    while (response.status == 0 && response.reset < 0 && !closed) {
      read();
    }
    return response;
  }

  Response of(int stream) {
    return responses.computeIfAbsent(stream, _ -> new Response());
  }

  /** Reads until the gateway closes the connection. */
  void readToEnd() throws IOException {
    while (!closed) {
      read();
    }
  }

  /** Reads one frame and does what a client must do with it. */
  Frame read() throws IOException {
    Frame frame;
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      frame = new Frame(type, flags, stream, in.readNBytes(length));
    } catch (EOFException | SocketException ended) {
      closed = true;
      return new Frame(-1, 0, 0, new byte[0]);
    }
    try {
      handle(frame);
    } catch (SocketException gone) {
      closed = true; // while we answered
    }
    return frame;
  }

  private void handle(Frame frame) throws IOException {
    switch (frame.type()) {
      case SETTINGS -> {
        if (!frame.is(ACK)) {
          frame(SETTINGS, ACK, 0);
        }
      }
      case HEADERS -> head(of(frame.stream()), frame);
      case DATA -> {
        of(frame.stream()).body.write(frame.payload());
        of(frame.stream()).ended = frame.is(END_STREAM);
        if (!keepWindows && frame.payload().length > 0) {
          windowUpdate(0, frame.payload().length);
          windowUpdate(frame.stream(), frame.payload().length);
        }
      }
      case RST_STREAM -> of(frame.stream()).reset = frame.uint32(0);
      case PING -> {
        if (!frame.is(ACK)) {
          frame(PING, ACK, 0, frame.payload());
        }
      }
      case GOAWAY -> {
        goAways.add(frame.uint32(0));
        goAwayCode = frame.uint32(4);
      }
      default -> {}
    }
  }

  private void head(Response response, Frame frame) throws IOException {
    Http2Headers headers;
    try {
      headers = decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
    } catch (Http2Exception malformed) {
      throw new IOException(malformed);
    }
    CharSequence status = headers.status();
    if (status != null && status.charAt(0) == '1') {
      response.informational.add(Integer.parseInt(status.toString()));
      return;
    }
    boolean first = status != null || headers.method() != null;
    Map<String, String> into = first ? response.fields : response.trailers;
    headers.forEach(e -> into.put(e.getKey().toString(), e.getValue().toString()));
    if (status != null) {
      response.status = Integer.parseInt(status.toString());
    }
    response.ended = frame.is(END_STREAM);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
