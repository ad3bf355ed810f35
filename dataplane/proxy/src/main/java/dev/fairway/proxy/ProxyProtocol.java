// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The header by which a TCP endpoint learns who the client is (HAProxy's PROXY protocol); it is
 * sent before the first byte of the client.
 */
public enum ProxyProtocol {
  /** No header. */
  NONE("none"),
  /** The line of text. */
  V1("v1"),
  /** The binary form. */
  V2("v2");

  /** The annotation of a Service that asks for it. */
  public static final String ANNOTATION = "fairway.dev/proxy-protocol";

  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };

  private final String text;

  ProxyProtocol(String text) {
    this.text = text;
  }

  /** What a Service asks for; {@link #NONE} if it asks for nothing that is known. */
  public static ProxyProtocol of(ServiceInfo service) {
    String wanted = service.annotations().get(ANNOTATION);
    for (ProxyProtocol version : values()) {
      if (version.text.equals(wanted)) {
        return version;
      }
    }
    return NONE;
  }

  /** The header for a connection; both addresses are of one family. */
  public byte[] header(IpAddress client, int clientPort, IpAddress server, int serverPort) {
    return switch (this) {
      case NONE -> new byte[0];
      case V1 ->
          ("PROXY "
                  + (client.isV4() ? "TCP4 " : "TCP6 ")
                  + client
                  + ' '
                  + server
                  + ' '
                  + clientPort
                  + ' '
                  + serverPort
                  + "\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      case V2 -> {
        byte[] from = client.toBytes();
        byte[] to = server.toBytes();
        ByteBuffer header = ByteBuffer.allocate(16 + from.length + to.length + 4);
        header.put(SIGNATURE);
        header.put((byte) 0x21);
        header.put((byte) (client.isV4() ? 0x11 : 0x21));
        header.putShort((short) (from.length + to.length + 4));
        header.put(from).put(to).putShort((short) clientPort).putShort((short) serverPort);
        yield header.array();
      }
    };
  }

  /** The annotation's value. */
  @Override
  public String toString() {
    return text;
  }
}
