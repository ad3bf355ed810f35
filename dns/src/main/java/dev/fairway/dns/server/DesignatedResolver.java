// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.wire.RecordBytes;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.WireName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How clients that have only our address find our encrypted DNS (RFC 9462): the answer to {@code
 * _dns.resolver.arpa SVCB}.
 *
 * @param name that is in our certificate, and that clients can look up
 * @param tlsPort of DNS over TLS as clients see it; 0 for none
 * @param httpsPort of DNS over HTTPS; 0 for none
 * @param http3 whether that port takes HTTP/3 too
 * @param path of HTTP requests
 * @param quicPort of DNS over QUIC; 0 for none
 */
public record DesignatedResolver(
    String name, int tlsPort, int httpsPort, boolean http3, String path, int quicPort) {
  static final WireName OWNER = WireName.of("_dns.resolver.arpa.");

  private static final int TTL = 300;
  private static final int ALPN = 1;
  private static final int PORT = 3;
  private static final int DOHPATH = 7;

  public DesignatedResolver {
    if (WireName.parse(name) == null || name.equals(".")) {
      throw new IllegalArgumentException("not the name of a resolver: '" + name + "'");
    }
  }

  /** The records, best first. */
  List<byte[]> records() {
    List<byte[]> records = new ArrayList<>();
    if (quicPort > 0) {
      records.add(record(records.size() + 1, List.of("doq"), quicPort, ""));
    }
    if (tlsPort > 0) {
      records.add(record(records.size() + 1, List.of("dot"), tlsPort, ""));
    }
    if (httpsPort > 0) {
      List<String> protocols = http3 ? List.of("h2", "h3") : List.of("h2");
      records.add(record(records.size() + 1, protocols, httpsPort, path + "{?dns}"));
    }
    return records;
  }

  private byte[] record(int priority, List<String> protocols, int port, String template) {
    RecordBytes record =
        new RecordBytes()
            .name(OWNER)
            .head(RecordType.SVCB, TTL)
            .int16(priority)
            .name(WireName.of(name));
    int size = protocols.stream().mapToInt(protocol -> protocol.length() + 1).sum();
    record.int16(ALPN).int16(size);
    for (String protocol : protocols) {
      record.bytes(new byte[] {(byte) protocol.length()}).bytes(ascii(protocol));
    }
    record.int16(PORT).int16(2).int16(port);
    if (!template.isEmpty()) {
      record.int16(DOHPATH).int16(template.length()).bytes(ascii(template));
    }
    return record.toBytes();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
