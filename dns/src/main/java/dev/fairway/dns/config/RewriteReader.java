// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import com.google.re2j.Pattern;
import dev.fairway.dns.rules.NamePattern;
import dev.fairway.dns.rules.RewriteRule;
import dev.fairway.dns.wire.RecordType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@code rewrite} directive: {@code rewrite [continue|stop] FIELD ...}, or with the field
 * and its answers in braces.
 */
final class RewriteReader {
  private static final String ALLOWED = "name, type, class, ttl, rcode";
  private static final Set<String> MATCHES =
      Set.of("exact", "prefix", "suffix", "substring", "regex");

  private final Words words;
  private final Problems problems;

  RewriteReader(Words words) {
    this.words = words;
    this.problems = words.problems();
  }

  List<RewriteRule> read(Directive directive) {
    List<String> args = new ArrayList<>(directive.args());
    boolean goesOn = false;
    if (!args.isEmpty() && (args.getFirst().equals("continue") || args.getFirst().equals("stop"))) {
      goesOn = args.removeFirst().equals("continue");
    }
    for (Directive line : directive.children()) {
      words.noChildren(line);
      args.addAll(line.words());
    }
    if (args.isEmpty()) {
      problems.add(directive.place(), "says nothing (allowed: " + ALLOWED + ")");
      return List.of();
    }
    RewriteRule.Change change =
        switch (args.getFirst()) {
          case "name" -> name(directive, args.subList(1, args.size()));
          case "type" -> type(directive, args);
          case "class" -> {
            // Questions of other classes than IN are refused, or are for the server itself.
            problems.warn(directive.place(), "class has no effect: only IN is answered");
            yield null;
          }
          case "ttl" -> ttl(directive, args.subList(1, args.size()));
          case "rcode" -> rcode(directive, args.subList(1, args.size()));
          case "edns0", "cname" -> {
            problems.add(
                directive.place(),
                "'" + args.getFirst() + "' is not supported (supported: " + ALLOWED + ")");
            yield null;
          }
          default -> {
            // A name without its keyword.
            yield name(directive, args);
          }
        };
    return change == null ? List.of() : List.of(new RewriteRule(change, goesOn));
  }

  private @Nullable NamePattern pattern(Directive directive, String kind, String from, String to) {
    String lower = to.toLowerCase(Locale.ROOT);
    return switch (kind) {
      case "prefix" -> new NamePattern.Prefix(from.toLowerCase(Locale.ROOT), lower);
      case "suffix" -> new NamePattern.Suffix(NamePattern.normal(from), NamePattern.normal(to));
      case "substring" -> new NamePattern.Substring(from.toLowerCase(Locale.ROOT), lower);
      case "regex" -> {
        Pattern pattern = words.pattern(directive.place(), from);
        yield pattern == null ? null : new NamePattern.Regex(pattern, to);
      }
      default -> new NamePattern.Exact(NamePattern.normal(from), NamePattern.normal(to));
    };
  }

  private RewriteRule.@Nullable Change name(Directive directive, List<String> args) {
    int at = 0;
    String kind = "exact";
    if (!args.isEmpty() && MATCHES.contains(args.getFirst())) {
      kind = args.getFirst();
      at++;
    }
    if (args.size() < at + 2) {
      problems.add(directive.place(), "name needs what is asked and what is asked instead");
      return null;
    }
    NamePattern pattern = pattern(directive, kind, args.get(at), args.get(at + 1));
    boolean restore = kind.equals("exact");
    List<NamePattern> owners = new ArrayList<>();
    List<NamePattern> values = new ArrayList<>();
    for (at += 2; at < args.size(); ) {
      String word = args.get(at);
      if (word.equals("answer")) {
        at++;
      } else if (word.equals("auto")) {
        restore = true;
        at++;
      } else if (word.equals("name") && at + 1 < args.size() && args.get(at + 1).equals("auto")) {
        restore = true;
        at += 2;
      } else if ((word.equals("name") || word.equals("value")) && at + 2 < args.size()) {
        NamePattern edit = pattern(directive, "regex", args.get(at + 1), args.get(at + 2));
        if (edit != null) {
          (word.equals("name") ? owners : values).add(edit);
        }
        at += 3;
      } else {
        problems.value(directive.place(), word, "answer auto, answer name or answer value");
        return null;
      }
    }
    return pattern == null ? null : new RewriteRule.Name(pattern, restore, owners, values);
  }

  private RewriteRule.@Nullable Change type(Directive directive, List<String> args) {
    if (args.size() != 3) {
      problems.add(directive.place(), "type needs what is asked and what is asked instead");
      return null;
    }
    int from = RecordType.parse(args.get(1));
    int to = RecordType.parse(args.get(2));
    if (from < 0 || to < 0) {
      problems.value(directive.place(), args.get(from < 0 ? 1 : 2), "a record type");
      return null;
    }
    return new RewriteRule.Type(from, to);
  }

  /** The pattern of a rule that leaves the name as it is. */
  private @Nullable NamePattern condition(Directive directive, List<String> args, int rest) {
    boolean hasKind = !args.isEmpty() && MATCHES.contains(args.getFirst());
    if (args.size() != rest + (hasKind ? 2 : 1)) {
      problems.add(directive.place(), "has too few or too many words");
      return null;
    }
    String from = args.get(hasKind ? 1 : 0);
    return pattern(directive, hasKind ? args.getFirst() : "exact", from, from);
  }

  private RewriteRule.@Nullable Change ttl(Directive directive, List<String> args) {
    NamePattern pattern = condition(directive, args, 1);
    if (pattern == null) {
      return null;
    }
    String range = args.getLast();
    int dash = range.indexOf('-');
    long min = seconds(dash < 0 ? range : range.substring(0, dash), 0);
    long max = seconds(dash < 0 ? range : range.substring(dash + 1), Integer.MAX_VALUE);
    if (min < 0 || max < min || range.equals("-")) {
      problems.value(directive.place(), range, "seconds, or a range like 30-300, 30- or -300");
      return null;
    }
    return new RewriteRule.Ttl(pattern, min, max);
  }

  private static long seconds(String text, long ifEmpty) {
    if (text.isEmpty()) {
      return ifEmpty;
    }
    boolean digits = text.length() < 11 && text.chars().allMatch(Character::isDigit);
    long value = digits ? Long.parseLong(text) : -1;
    return value > Integer.MAX_VALUE ? -1 : value;
  }

  private RewriteRule.@Nullable Change rcode(Directive directive, List<String> args) {
    NamePattern pattern = condition(directive, args, 2);
    if (pattern == null) {
      return null;
    }
    int from = Rcodes.parse(args.get(args.size() - 2));
    int to = Rcodes.parse(args.getLast());
    if (from < 0 || to < 0 || to > 15) {
      problems.value(
          directive.place(), args.get(args.size() - (from < 0 ? 2 : 1)), "a response code");
      return null;
    }
    return new RewriteRule.Code(pattern, from, to);
  }
}
