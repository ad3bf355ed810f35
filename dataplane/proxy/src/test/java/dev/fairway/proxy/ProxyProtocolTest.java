// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyProtocolTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 56324, 192.0.2.9, 443, PROXY TCP4 192.0.2.1 192.0.2.9 56324 443",
    "2001:db8::1, 1, 2001:db8::2, 65535, PROXY TCP6 2001:db8::1 2001:db8::2 1 65535"
  })
  void v1_isALine(String client, int clientPort, String server, int serverPort, String line) {
    assertThat(
            new String(
                header(ProxyProtocol.V1, client, clientPort, server, serverPort),
                StandardCharsets.US_ASCII))
        .isEqualTo(line + "\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 56324, 192.0.2.9, 443, 2111000cc0000201c0000209dc0401bb",
    "2001:db8::1, 1, 2001:db8::2, 65535,"
        + "2121002420010db800000000000000000000000120010db80000000000000000000000020001ffff"
  })
  void v2_isBinary(String client, int clientPort, String server, int serverPort, String rest) {
    assertThat(
            HexFormat.of()
                .formatHex(header(ProxyProtocol.V2, client, clientPort, server, serverPort)))
        .isEqualTo(SIGNATURE + rest);
  }

  private static byte[] header(
      ProxyProtocol version, String client, int clientPort, String server, int serverPort) {
    return version.header(IpAddress.parse(client), clientPort, IpAddress.parse(server), serverPort);
  }
}
