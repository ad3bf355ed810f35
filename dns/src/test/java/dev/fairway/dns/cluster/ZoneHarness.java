// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.ResponseWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Asks a zone, without sockets, in the notation of zone files. */
public final class ZoneHarness {
  private final ClusterZone zone;
  private final ZoneAnswerer answerer;
  private final ResponseWriter writer = new ResponseWriter(1232, "");
  private final Query query = new Query();

  /** A zone that has not seen a snapshot. */
  public ZoneHarness(ZoneOptions options, boolean chases) {
    this.zone = new ClusterZone(options, () -> Instant.ofEpochSecond(1_000), 42);
    this.answerer = new ZoneAnswerer(chases, 7);
  }

  /** Follows a model to its present state. */
  public ZoneHarness follow(ClusterModel model) {
    zone.onSnapshot(model.step());
    return this;
  }

  public ClusterZone zone() {
    return zone;
  }

  /** What an upstream has to be asked for, or "" when the answer is complete. */
  public String chaseTargetOf(String question) {
    parse(question);
    writer.begin(query, ResponseWriter.MAX_MESSAGE);
    if (answerer.answer(zone.snapshot(), query, writer, null) != ZoneAnswerer.Outcome.CHASE) {
      return "";
    }
    try {
      return new Name(answerer.chaseTarget()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The answer over TCP to {@code name type}. */
  public Message ask(String question) {
    return ask(question, ResponseWriter.MAX_MESSAGE, null);
  }

  /** The answer in at most {@code max} octets; null when the name belongs to somebody else. */
  public Message ask(String question, int max, @Nullable ChaseResult chased) {
    parse(question);
    writer.begin(query, max);
    ZoneAnswerer.Outcome outcome = answerer.answer(zone.snapshot(), query, writer, chased);
    if (outcome != ZoneAnswerer.Outcome.ANSWERED) {
      throw new AssertionError(question + " is " + outcome);
    }
    int length = writer.finish(answerer.rcode(), true, false);
    if (length > max) {
      throw new AssertionError(question + " has " + length + " octets, not at most " + max);
    }
    try {
      return new Message(writer.copy(length));
    } catch (IOException e) {
      throw new AssertionError("not readable: answer to " + question, e);
    }
  }

  /** Asks, and compares with a row of a table; both as {@link KubernetesFixture#expand} reads. */
  void check(String question, String answer) {
    assertThat(lines(ask(KubernetesFixture.expand(question))))
        .describedAs(question)
        .isEqualTo(expected(KubernetesFixture.expand(answer)));
  }

  /** Whether the zone leaves the question to others. */
  public boolean isForeign(String question) {
    parse(question);
    writer.begin(query, 512);
    return answerer.answer(zone.snapshot(), query, writer, null) == ZoneAnswerer.Outcome.FOREIGN;
  }

  private void parse(String question) {
    int space = question.indexOf(' ');
    byte[] message = question(question.substring(0, space), question.substring(space + 1));
    if (query.parse(message, message.length) != Query.Verdict.ANSWER) {
      throw new AssertionError("not a question: " + question);
    }
  }

  private static byte[] question(String name, String type) {
    try {
      Message message =
          Message.newQuery(Record.newRecord(Name.fromString(name), Type.value(type), DClass.IN));
      return message.toWire();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A message as sorted lines: the code (with {@code TC}), records of the answer, of the authority
   * section after {@code - } and of the additional section after {@code + }. The serial of a SOA is
   * not shown.
   */
  public static List<String> lines(Message message) {
    List<String> lines = new ArrayList<>();
    for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
      String prefix = section == Section.ANSWER ? "" : section == Section.AUTHORITY ? "- " : "+ ";
      for (Record record : message.getSection(section)) {
        lines.add(prefix + line(record));
      }
    }
    lines.sort(null);
    boolean truncated = message.getHeader().getFlag(Flags.TC);
    lines.addFirst(Rcode.string(message.getRcode()) + (truncated ? " TC" : ""));
    return lines;
  }

  private static String line(Record record) {
    String data = record.rdataToString();
    if (record instanceof SOARecord soa) {
      data =
          soa.getHost()
              + " "
              + soa.getAdmin()
              + " "
              + soa.getRefresh()
              + " "
              + soa.getRetry()
              + " "
              + soa.getExpire()
              + " "
              + soa.getMinimum();
    }
    return record.getName()
        + " "
        + record.getTTL()
        + " "
        + Type.string(record.getType())
        + " "
        + data;
  }

  /** Lines of the notation of {@link #lines}, from a row of a table. */
  public static List<String> expected(String row) {
    List<String> lines = new ArrayList<>();
    String rcode = "NOERROR";
    for (String part : Arrays.stream(row.split(";")).map(String::strip).toList()) {
      if (part.matches("[A-Z]+( TC)?")) {
        rcode = part;
      } else {
        lines.add(part);
      }
    }
    lines.sort(null);
    lines.addFirst(rcode);
    return lines;
  }
}
