// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordText;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.WireName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers with records that are made from the name that is asked for. Immutable. */
public final class Template {
  /** {@link #answer} leaves the question to others. */
  public static final int NOT_HERE = -1;

  private static final System.Logger LOG = System.getLogger(Template.class.getName());

  /**
   * What is answered.
   *
   * @param zones of the names this is about
   * @param type it is about, {@link RecordType#ANY} for all
   * @param patterns of names; the first that is found counts
   * @param answer lines of a zone file
   * @param authority likewise
   * @param additional likewise
   * @param rcode of the answer
   * @param extendedError of the answer, {@link Rcode#EDE_NONE} for none
   * @param fallthrough zones whose names, where no pattern is found, are left to others
   */
  public record Options(
      List<WireName> zones,
      int type,
      List<Pattern> patterns,
      List<String> answer,
      List<String> authority,
      List<String> additional,
      int rcode,
      int extendedError,
      List<WireName> fallthrough) {
    public Options {
      zones = List.copyOf(zones);
      patterns = List.copyOf(patterns);
      answer = List.copyOf(answer);
      authority = List.copyOf(authority);
      additional = List.copyOf(additional);
      fallthrough = List.copyOf(fallthrough);
    }
  }

  private final Options options;
  private final List<TextTemplate> answer;
  private final List<TextTemplate> authority;
  private final List<TextTemplate> additional;

  /**
   * A template.
   *
   * @throws IllegalArgumentException when a line cannot be understood
   */
  public Template(Options options) {
    this.options = options;
    this.answer = options.answer().stream().map(TextTemplate::new).toList();
    this.authority = options.authority().stream().map(TextTemplate::new).toList();
    this.additional = options.additional().stream().map(TextTemplate::new).toList();
  }

  /**
   * Writes the answer and returns its code, or {@link #NOT_HERE}.
   *
   * @param remote the client's address
   */
  public int answer(Query query, ResponseWriter out, String remote) {
    WireName zone = zone(query.name());
    if (zone == null || (options.type() != RecordType.ANY && options.type() != query.type())) {
      return NOT_HERE;
    }
    String name = query.name().toString();
    Matcher match = match(name);
    if (match == null) {
      return isIn(query.name(), options.fallthrough()) ? NOT_HERE : Rcode.SERVFAIL;
    }
    TextTemplate.Values values =
        new TextTemplate.Values(
            name, zone.toString(), RecordType.text(query.type()), remote, match);
    boolean good = true;
    for (TextTemplate line : answer) {
      byte[] record = record(line, values);
      good &= record != null;
      if (record != null) {
        out.answerRecord(record);
      }
    }
    for (TextTemplate line : authority) {
      byte[] record = record(line, values);
      good &= record != null;
      if (record != null) {
        out.authorityRecord(record);
      }
    }
    for (TextTemplate line : additional) {
      byte[] record = record(line, values);
      good &= record != null;
      if (record != null) {
        out.additionalRecord(record);
      }
    }
    if (!good) {
      out.clearRecords();
      return Rcode.SERVFAIL;
    }
    if (options.extendedError() != Rcode.EDE_NONE) {
      out.extendedError(options.extendedError());
    }
    return options.rcode();
  }

  private @Nullable Matcher match(String name) {
    for (Pattern pattern : options.patterns()) {
      Matcher matcher = pattern.matcher(name);
      if (matcher.find()) {
        return matcher;
      }
    }
    return null;
  }

  private byte @Nullable [] record(TextTemplate line, TextTemplate.Values values) {
    String text = line.text(values);
    byte[] record = RecordText.parse(text);
    if (record == null) {
      LOG.log(System.Logger.Level.WARNING, () -> "a template made no record: '" + text + "'");
    }
    return record;
  }

  private @Nullable WireName zone(WireName name) {
    for (WireName zone : options.zones()) {
      if (name.labelsBefore(zone) >= 0) {
        return zone;
      }
    }
    return null;
  }

  private static boolean isIn(WireName name, List<WireName> zones) {
    for (WireName zone : zones) {
      if (name.labelsBefore(zone) >= 0) {
        return true;
      }
    }
    return false;
  }
}
