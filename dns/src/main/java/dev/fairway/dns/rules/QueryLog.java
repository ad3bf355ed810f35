// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.WireName;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Writes a line about questions and their answers. Immutable. */
public final class QueryLog {
  /** The format that is used where none is given. */
  public static final String COMMON =
      "{remote}:{port} - {>id} \"{type} {class} {name} {proto} {size} {>do} {>bufsize}\" {rcode}"
          + " {>rflags} {rsize} {duration}";

  /** {@link #COMMON} with the opcode. */
  public static final String COMBINED = COMMON + " {>opcode}";

  /** What kinds of answers there are. */
  public enum Answers {
    SUCCESS,
    DENIAL,
    ERROR
  }

  /** What a line can tell. */
  public interface Facts {
    /** The value of a place holder without its braces, {@code -} for an unknown one. */
    String get(String placeholder);
  }

  private static final System.Logger LOG = System.getLogger("dev.fairway.dns.queries");

  private record Part(String text, boolean placeholder) {}

  private final List<WireName> zones;
  private final Set<Answers> answers;
  private final List<Part> parts = new ArrayList<>();

  /**
   * A log.
   *
   * @param zones of the names that are told about
   * @param format text with place holders in braces
   * @param answers that are told about
   */
  public QueryLog(List<WireName> zones, String format, Set<Answers> answers) {
    this.zones = List.copyOf(zones);
    this.answers = EnumSet.copyOf(answers);
    String full = format.replace("{common}", COMMON).replace("{combined}", COMBINED);
    int at = 0;
    while (at < full.length()) {
      int open = full.indexOf('{', at);
      int close = open < 0 ? -1 : full.indexOf('}', open);
      if (close < 0) {
        parts.add(new Part(full.substring(at), false));
        return;
      }
      if (open > at) {
        parts.add(new Part(full.substring(at, open), false));
      }
      parts.add(new Part(full.substring(open + 1, close), true));
      at = close + 1;
    }
  }

  /** Whether an answer is told about. */
  public boolean wants(WireName name, Answers kind) {
    if (!answers.contains(kind)) {
      return false;
    }
    for (WireName zone : zones) {
      if (name.labelsBefore(zone) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Writes a line. */
  public void write(Facts facts) {
    LOG.log(System.Logger.Level.INFO, line(facts));
  }

  String line(Facts facts) {
    StringBuilder line = new StringBuilder();
    for (Part part : parts) {
      line.append(part.placeholder ? facts.get(part.text) : part.text);
    }
    return line.toString();
  }

  /** The name of a kind as the configuration writes it. */
  public static String label(Answers kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
