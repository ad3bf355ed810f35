// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.TestClient;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.RecordExpander;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Asks a forwarder, and waits. */
final class ForwarderAsk {
  private ForwarderAsk() {}

  static Query query(String question) throws IOException {
    Query query = new Query();
    byte[] wire = TestClient.question(question).toWire();
    assertThat(query.parse(wire, wire.length)).isEqualTo(Query.Verdict.ANSWER);
    return query;
  }

  /** The answer for an address below example.com. */
  static String host(Forwarder forwarder, String host) throws Exception {
    return name(forwarder, host + ".example.com.");
  }

  /** The code, the data of the answer's records and the extended error, or {@code nothing}. */
  static String name(Forwarder forwarder, String name) throws Exception {
    CompletableFuture<LookupResult> done = new CompletableFuture<>();
    forwarder.resolve(Lookup.of(query(name + " A")), done::complete);
    LookupResult result = done.get(30, TimeUnit.SECONDS);
    List<String> words = new ArrayList<>();
    if (result.message() == null) {
      words.add("nothing");
    } else {
      words.add(Rcode.string(result.message().rcode()));
      List<byte[]> records = RecordExpander.answers(result.message(), 0, 0, Integer.MAX_VALUE);
      assertThat(records).isNotNull();
      for (byte[] record : records) {
        words.add(Record.fromWire(record, Section.ANSWER).rdataToString());
      }
    }
    if (result.extendedError() >= 0) {
      words.add("EDE " + result.extendedError());
    }
    return String.join(" ", words);
  }
}
