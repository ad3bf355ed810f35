// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.rules.QueryLog;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a log can tell of a question and its answer. Made only where something is logged. */
final class LoggedQuery implements QueryLog.Facts {
  private static final String[] FLAGS = {"qr", "aa", "tc", "rd", "ra", "", "ad", "cd"};
  private static final int[] FLAG_BITS = {0x8000, 0x400, 0x200, 0x100, 0x80, 0x40, 0x20, 0x10};

  private final Query query;
  private final Client client;
  private final byte[] response;
  private final int length;
  private final long nanos;

  LoggedQuery(Query query, Client client, byte[] response, int length, long nanos) {
    this.query = query;
    this.client = client;
    this.response = response;
    this.length = length;
    this.nanos = nanos;
  }

  private int flags() {
    return (response[2] & 0xff) << 8 | (response[3] & 0xff);
  }

  private boolean hasAnswers() {
    return (response[6] | response[7]) != 0;
  }

  QueryLog.Answers kind() {
    return switch (flags() & 15) {
      case Rcode.NOERROR -> hasAnswers() ? QueryLog.Answers.SUCCESS : QueryLog.Answers.DENIAL;
      case Rcode.NXDOMAIN -> QueryLog.Answers.DENIAL;
      default -> QueryLog.Answers.ERROR;
    };
  }

  @Override
  public String get(String placeholder) {
    return switch (placeholder) {
      case "type" -> RecordType.text(query.type());
      case "name" -> query.name().toString();
      case "class" -> "IN";
      case "proto" -> client.transport().name().toLowerCase(Locale.ROOT);
      case "remote" -> client.isV4() ? client.text() : "[" + client.text() + "]";
      case "size" -> Integer.toString(query.size());
      case "duration" -> String.format(Locale.ROOT, "%.9fs", nanos / 1e9);
      case "rcode" -> Rcode.name(flags() & 15);
      case "rsize" -> Integer.toString(length);
      case ">rflags" -> flagNames();
      case ">bufsize" -> Integer.toString(query.udpPayload());
      case ">do" -> Boolean.toString(query.dnssecOk());
      case ">id" -> Integer.toString((response[0] & 0xff) << 8 | (response[1] & 0xff));
      case ">opcode" -> Integer.toString(flags() >> 11 & 15);
      case "/log/class" -> QueryLog.label(kind());
      case "/log/type" ->
          (flags() & 15) == Rcode.NOERROR && !hasAnswers() ? "NODATA" : Rcode.name(flags() & 15);
      // The port of a client and our own address are not kept for each query.
      default -> "-";
    };
  }

  private String flagNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < FLAGS.length; i++) {
      if ((flags() & FLAG_BITS[i]) != 0 && !FLAGS[i].isEmpty()) {
        names.add(FLAGS[i]);
      }
    }
    return String.join(",", names);
  }
}
