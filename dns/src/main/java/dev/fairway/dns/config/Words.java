// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the words of directives; what cannot be read is reported, and a default goes on. */
final class Words {
  private static final int MAX_PATTERN = 10_000;
  private static final String DURATION = "a duration like 5s, 1m30s or 500ms";

  private final Problems problems;

  Words(Problems problems) {
    this.problems = problems;
  }

  Problems problems() {
    return problems;
  }

  /** Whether there are from {@code min} to {@code max} words; else that is reported. */
  boolean count(Directive directive, int min, int max) {
    int count = directive.args().size();
    if (count >= min && count <= max) {
      return true;
    }
    String allowed =
        min == max ? "" + min : max == Integer.MAX_VALUE ? min + " or more" : min + " to " + max;
    problems.add(directive.place(), "has " + count + " words (allowed: " + allowed + ")");
    return false;
  }

  /** Reports braces after a directive that takes none. */
  void noChildren(Directive directive) {
    if (!directive.children().isEmpty()) {
      problems.add(directive.children().getFirst().place(), "no options are possible here");
    }
  }

  /** Reports an option that does not exist. */
  void unknown(Directive option, String allowed) {
    problems.add(option.place(), "is no option here (allowed: " + allowed + ")");
  }

  int number(Directive directive, int index, int min, int max) {
    String text = directive.args().get(index);
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    problems.value(
        directive.place(),
        text,
        max == Integer.MAX_VALUE ? "a number, " + min + " or more" : min + " to " + max);
    return min;
  }

  /** The only word, as a number. */
  int number(Directive directive, int min, int max) {
    return count(directive, 1, 1) ? number(directive, 0, min, max) : min;
  }

  Duration duration(Directive directive, int index) {
    Duration duration = tryDuration(directive.args().get(index));
    if (duration == null) {
      problems.value(directive.place(), directive.args().get(index), DURATION);
      return Duration.ofSeconds(1);
    }
    return duration;
  }

  /** The only word, as a duration above zero. */
  Duration duration(Directive directive) {
    if (!count(directive, 1, 1)) {
      return Duration.ofSeconds(1);
    }
    Duration duration = duration(directive, 0);
    if (!duration.isPositive()) {
      problems.value(directive.place(), directive.args().getFirst(), "more than zero");
    }
    return duration;
  }

  /** A duration as Go writes it, null if the text is none. */
  static @Nullable Duration tryDuration(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    double nanos = 0;
    int at = 0;
    while (at < text.length()) {
      int from = at;
      while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
        at++;
      }
      int unitFrom = at;
      while (at < text.length() && Character.isLetter(text.charAt(at))) {
        at++;
      }
      double unit =
          switch (text.substring(unitFrom, at)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 60e9;
            case "h" -> 3600e9;
            default -> Double.NaN;
          };
      try {
        nanos += Double.parseDouble(text.substring(from, unitFrom)) * unit;
      } catch (NumberFormatException e) {
        return null;
      }
    }
    return text.isEmpty() || Double.isNaN(nanos) || nanos > 1e18
        ? null
        : Duration.ofNanos(Math.round(nanos));
  }

  /** Zones from names or ranges ({@code 10.0.0.0/8}); text form with a trailing dot, lower case. */
  List<String> zones(Directive.Place place, List<String> words) {
    List<String> zones = new ArrayList<>();
    for (String word : words) {
      if (word.indexOf('/') >= 0) {
        try {
          zones.addAll(ZoneOptions.reverseZonesOf(word));
        } catch (IllegalArgumentException e) {
          problems.value(place, word, "a zone, or a range like 10.0.0.0/8");
        }
      } else {
        WireName name = WireName.parse(word);
        if (name == null) {
          problems.value(place, word, "a domain name");
        } else {
          zones.add(name.toString());
        }
      }
    }
    return zones;
  }

  @Nullable Pattern pattern(Directive.Place place, String text) {
    if (text.length() > MAX_PATTERN) {
      problems.add(place, "a pattern has more than 10000 characters");
      return null;
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      problems.value(place, text, "a regular expression in RE2 syntax: " + e.getDescription());
      return null;
    }
  }

  /** An address as {@code 1.2.3.4:53}, {@code [::1]:53}, {@code :53} or {@code localhost:53}. */
  @Nullable InetSocketAddress socket(Directive.Place place, String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    int port = -1;
    try {
      port = colon < 0 ? -1 : Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException e) {
      // reported below
    }
    InetAddress address = inet(host.equals("localhost") ? "127.0.0.1" : host);
    if (port < 0 || port > 65_535 || (address == null && !host.isEmpty())) {
      problems.value(place, text, "an address like 127.0.0.1:8080, [::1]:8080 or :8080");
      return null;
    }
    return address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
  }

  /** An address without port, perhaps in brackets; null if the text is none. */
  static @Nullable InetAddress inet(String text) {
    String bare =
        text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    IpAddress address = IpAddress.tryParse(bare);
    if (address == null) {
      return null;
    }
    try {
      return InetAddress.getByAddress(address.toBytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
