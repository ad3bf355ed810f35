// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.wire.Query;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What must hold for every octet string that comes as a query; the entry point of Jazzer. The first
 * octet chooses what the query comes over.
 */
public final class QueryFuzz {
  private static final Exchange EXCHANGE =
      new Exchange(
          ServerOptions.defaults()
              .withNsid("node-1")
              .withVersion("fairway")
              .withLocalNames(EnumSet.allOf(LocalName.class))
              .withTransfers(TransferOptions.to(List.of(IpPrefix.parse("0.0.0.0/0")))));

  private QueryFuzz() {}

  /** Throws when something does not hold. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    Transport[] transports = Transport.values();
    Transport transport = transports[(data[0] & 0xff) % transports.length];
    byte[] query = Arrays.copyOfRange(data, 1, data.length);
    check(transport, query, EXCHANGE.from(transport, "198.51.100.7").send(query));
    checkAgainstDnsjava(query);
  }

  private static void check(Transport transport, byte[] query, byte @Nullable [] response) {
    boolean isQuery = query.length >= 12 && query[2] >= 0;
    if (response == null) {
      require(
          !isQuery || transport.isStream() || transport == Transport.QUIC, "a query is ignored");
      return;
    }
    require(isQuery, "what is no query is answered");
    require(response.length >= 12 && response.length <= 65_535, "a size that cannot be");
    require(transport != Transport.UDP || response.length <= 1232, "too large for UDP");
    require(response[0] == query[0] && response[1] == query[1], "another identifier");
    require(response[2] < 0, "not a response");
    require(((response[2] ^ query[2]) & 0x79) == 0, "another opcode, or RD not copied");
    require((response[3] & 0x40) == 0, "a reserved flag is set");
    int rcode = response[3] & 15;
    require(rcode != 1 || response.length == 12, "FORMERR is more than a header");
    require(rcode != 4 || response.length <= query.length, "NOTIMP is larger than the query");
    Message message = parse(response);
    if (message == null) {
      throw new AssertionError("a response that cannot be read");
    }
    Record question = message.getQuestion();
    if (question != null) {
      int end = 12 + question.getName().length() + 4;
      require(
          Arrays.equals(response, 12, end, query, 12, end), "the question is not the one asked");
    }
    byte[] again = message.toWire();
    require(parse(again) != null, "a response that cannot be written again");
  }

  /** Ours is the stricter parser: what it takes, dnsjava takes, with the same question. */
  private static void checkAgainstDnsjava(byte[] bytes) {
    Query query = new Query();
    Query.Verdict verdict = query.parse(bytes, bytes.length);
    Message message = parse(bytes);
    if (verdict == Query.Verdict.ANSWER) {
      if (message == null) {
        // It looks into the data of records that a query has no use for; we skip them.
        require(recordsBesideTheQuestion(bytes) > 0, "taken, but not by dnsjava");
        return;
      }
      Record question = message.getQuestion();
      require(question != null, "taken, but dnsjava sees no question");
      require(question.getType() == query.type(), "another type");
      require(question.getDClass() == DClass.IN, "another class");
      require(
          question.getName().toString().equalsIgnoreCase(query.name().toString())
              || question.getName().length() == query.name().length(),
          "another name");
      // With TC set dnsjava gives up without a word at the first record that it cannot read.
      boolean truncated = (bytes[2] & 2) != 0;
      require(truncated || (message.getOPT() != null) == query.hasEdns(), "another view of EDNS");
    } else if (message != null && isOrdinary(message, bytes)) {
      require(verdict != Query.Verdict.FORMERR, "an ordinary query is malformed");
    }
  }

  private static int recordsBesideTheQuestion(byte[] bytes) {
    int count = 0;
    for (int at = 6; at < 12; at++) {
      count += bytes[at] & 0xff;
    }
    return count;
  }

  /** One question without pointers, and nothing else. */
  private static boolean isOrdinary(Message message, byte[] bytes) {
    Record question = message.getQuestion();
    return message.getHeader().getOpcode() == Opcode.QUERY
        && bytes[2] >= 0
        && recordsBesideTheQuestion(bytes) == 0
        && bytes[4] == 0
        && bytes[5] == 1
        && question != null
        && question.getType() != 0
        && question.getType() != Type.OPT
        && bytes.length >= 12 + question.getName().length() + 4
        && isPlain(bytes);
  }

  private static boolean isPlain(byte[] bytes) {
    int at = 12;
    while (bytes[at] != 0) {
      if ((bytes[at] & 0xc0) != 0) {
        return false;
      }
      at += bytes[at] + 1;
    }
    return true;
  }

  private static @Nullable Message parse(byte[] bytes) {
    try {
      return new Message(bytes);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
