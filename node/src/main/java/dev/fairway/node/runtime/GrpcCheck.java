// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.node.runtime.HealthCheck.Result;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One call of grpc.health.v1.Health/Check over cleartext HTTP/2 (RFC 9113): just the frames that
 * the call needs, header fields as literals, so that nothing has to be compressed. Stateless.
 */
final class GrpcCheck {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int SERVING = 1;
  private static final int MAX_FRAME = 1 << 14;
  private static final int MAX_FRAMES = 100;

  private GrpcCheck() {}

  /** Whether the service says SERVING in time. */
  static Result check(String host, int port, String service, Duration timeout) {
    String target = host + ":" + port;
    try (Socket socket = new Socket()) {
      int millis = Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
      socket.setSoTimeout(millis);
      socket.connect(new InetSocketAddress(host, port), millis);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.write(request(target, service));
      out.flush();
      return answer(new DataInputStream(socket.getInputStream()), out, target);
    } catch (SocketTimeoutException _) {
      return Result.failed("grpc " + target + ": no answer within " + timeout.toSeconds() + "s");
    } catch (IOException e) {
      return Result.failed("grpc " + target + ": " + e.getMessage());
    }
  }

  private static byte[] request(String authority, String service) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(out, SETTINGS, 0, 0, new byte[0]);
    ByteArrayOutputStream fields = new ByteArrayOutputStream();
    field(fields, ":method", "POST");
    field(fields, ":scheme", "http");
    field(fields, ":path", "/grpc.health.v1.Health/Check");
    field(fields, ":authority", authority);
    field(fields, "content-type", "application/grpc");
    field(fields, "te", "trailers");
    field(fields, "user-agent", "kube-probe/fairway");
    frame(out, HEADERS, END_HEADERS, 1, fields.toByteArray());
    byte[] name = service.getBytes(StandardCharsets.UTF_8);
    if (name.length > 120) {
      throw new IOException("the service's name is longer than 120 bytes");
    }
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    int length = name.length == 0 ? 0 : name.length + 2;
    message.write(new byte[] {0, 0, 0, 0, (byte) length});
    if (name.length > 0) {
      message.write(new byte[] {0x0a, (byte) name.length});
      message.write(name);
    }
    frame(out, DATA, END_STREAM, 1, message.toByteArray());
    return bytes.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, String name, String value) {
    out.write(0); // literal, not indexed, new name (RFC 7541, 6.2.2); lengths stay below 127
    out.write(name.length());
    out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    out.write(value.length());
    out.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
  }

  private static void frame(DataOutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    out.writeByte(payload.length >> 16);
    out.writeShort(payload.length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  private static Result answer(DataInputStream in, DataOutputStream out, String target)
      throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    for (int frames = 0; frames < MAX_FRAMES; frames++) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt() & Integer.MAX_VALUE;
      if (length > MAX_FRAME) {
        throw new IOException("frame of " + length + " bytes");
      }
      byte[] payload = in.readNBytes(length);
      if (type == SETTINGS && (flags & ACK) == 0) {
        frame(out, SETTINGS, ACK, 0, new byte[0]);
      } else if (type == PING && (flags & ACK) == 0) {
        frame(out, PING, ACK, 0, payload);
      } else if (type == GOAWAY || type == RST_STREAM) {
        return Result.failed("grpc " + target + ": the server ended the call");
      } else if (type == DATA && stream == 1) {
        message.writeBytes(payload);
      }
      boolean last = stream == 1 && (flags & END_STREAM) != 0 && (type == DATA || type == HEADERS);
      if (last || isWhole(message)) {
        return verdict(message.toByteArray(), target);
      }
    }
    throw new IOException("no answer in " + MAX_FRAMES + " frames");
  }

  private static boolean isWhole(ByteArrayOutputStream message) {
    byte[] bytes = message.toByteArray();
    return bytes.length >= 5 && bytes.length >= 5 + (bytes[3] << 8 | (bytes[4] & 0xff));
  }

  /** The status is field 1 of the answer: a tag and one digit. */
  private static Result verdict(byte[] message, String target) {
    int status = message.length >= 7 && message[5] == 0x08 ? message[6] : 0;
    return status == SERVING
        ? Result.OK
        : Result.failed("service unhealthy (responded with status " + status + ") at " + target);
  }
}
