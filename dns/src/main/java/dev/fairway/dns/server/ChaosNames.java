// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.WireName;
import java.nio.charset.StandardCharsets;

/** Names of class CH that tell about this server (RFC 4892), as far as it is configured to. */
final class ChaosNames {
  private static final WireName VERSION_BIND = WireName.of("version.bind.");
  private static final WireName VERSION_SERVER = WireName.of("version.server.");
  private static final WireName HOSTNAME_BIND = WireName.of("hostname.bind.");
  private static final WireName ID_SERVER = WireName.of("id.server.");

  private final byte[] version;
  private final byte[] id;

  ChaosNames(ServerOptions options) {
    version = options.version().getBytes(StandardCharsets.UTF_8);
    id = options.nsid().getBytes(StandardCharsets.UTF_8);
  }

  /** Writes the answer and returns its code. */
  int answer(Query query, ResponseWriter out) {
    boolean asksVersion = is(query, VERSION_BIND) || is(query, VERSION_SERVER);
    boolean asksId = is(query, HOSTNAME_BIND) || is(query, ID_SERVER);
    byte[] text = asksVersion ? version : id;
    if (!(asksVersion || asksId) || text.length == 0) {
      return Rcode.REFUSED;
    }
    if (query.type() == RecordType.TXT || query.type() == RecordType.ANY) {
      out.answerChaos(text);
    }
    return Rcode.NOERROR;
  }

  private static boolean is(Query query, WireName name) {
    return query.name().labelsBefore(name) == 0;
  }
}
