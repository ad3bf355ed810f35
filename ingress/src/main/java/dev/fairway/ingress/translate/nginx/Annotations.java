// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.translate.nginx.Problems.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The annotations of one Ingress, by their names without prefix. Reading a value that is not
 * allowed reports it and gives what is used instead. Not thread-safe.
 */
public final class Annotations {
  /** Our own prefix; its annotations win over those of ingress-nginx. */
  public static final String OWN_PREFIX = "fairway.dev/";

  /** The prefix of ingress-nginx. */
  public static final String NGINX_PREFIX = "nginx.ingress.kubernetes.io/";

  private static final int MAX_VALUE = 8192;
  private static final int SHOWN = 100;
  private static final Pattern SIZE = Pattern.compile("[0-9]{1,12}[kKmMgG]?");

  private final Map<String, String> values;
  private final Map<String, String> written;
  private final Problems problems;
  private final Set<String> invalid = new HashSet<>();

  private Annotations(Map<String, String> values, Map<String, String> written, Problems problems) {
    this.values = values;
    this.written = written;
    this.problems = problems;
  }

  /**
   * Reads the annotations with one of two prefixes and reports those that have no effect.
   *
   * @param all by their whole names
   * @param prefix of ingress-nginx, as users configured it, with its slash
   */
  public static Annotations read(Map<String, String> all, String prefix, Problems problems) {
    Map<String, String> values = new TreeMap<>();
    Map<String, String> written = new HashMap<>();
    for (String candidate : List.of(prefix, OWN_PREFIX)) {
      all.forEach((key, value) -> {
        if (key.startsWith(candidate)) {
          String name = AnnotationCatalog.canonical(key.substring(candidate.length()));
          values.put(name, value == null ? "" : value.strip());
          written.put(name, key);
        }
      });
    }
    Annotations annotations = new Annotations(values, written, problems);
    annotations.classify();
    return annotations;
  }

  /** Reads settings that were looked through before, by names without prefix. */
  static Annotations of(Map<String, String> values, Problems problems) {
    return new Annotations(new TreeMap<>(values), Map.of(), problems);
  }

  /** What stands below a prefix of names, by what follows it. */
  Map<String, String> below(String prefix) {
    Map<String, String> below = new HashMap<>();
    values.forEach((name, value) -> {
      if (name.startsWith(prefix)) {
        below.put(name.substring(prefix.length()), value);
      }
    });
    return below;
  }

  /** The names whose values were not allowed. */
  Set<String> invalidNames() {
    return invalid;
  }

  private void classify() {
    List<String> unsupported = new ArrayList<>();
    for (String name : List.copyOf(values.keySet())) {
      AnnotationCatalog.Entry entry = AnnotationCatalog.find(name);
      String key = shown(written.getOrDefault(name, name));
      if (entry == null) {
        problems.report(Kind.UNKNOWN, key + " is no annotation" + AnnotationCatalog.hint(name));
        values.remove(name);
        continue;
      }
      switch (entry.support()) {
        case SUPPORTED, DIFFERENT -> {}
        case UNSUPPORTED -> unsupported.add(key);
        case REFUSED -> {
          problems.report(Kind.REFUSED, key + " is refused: " + entry.note());
          values.remove(name);
        }
      }
      if (values.getOrDefault(name, "").length() > MAX_VALUE) {
        invalid(name, "at most " + MAX_VALUE + " characters");
        values.put(name, "");
      }
    }
    if (!unsupported.isEmpty()) {
      problems.report(Kind.UNSUPPORTED, "not supported and ignored: " + unsupported);
    }
  }

  /** Whether the annotation is there, whatever its value. */
  boolean has(String name) {
    return values.containsKey(name);
  }

  /** The value without blanks around it, or null where there is none or an empty one. */
  @Nullable String text(String name) {
    String value = values.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /** A value of a form; null where there is none, or another, which is reported. */
  @Nullable String text(String name, Pattern allowed, String inWords) {
    String value = text(name);
    if (value != null && !allowed.matcher(value).matches()) {
      invalid(name, inWords);
      return null;
    }
    return value;
  }

  /** A truth value as ingress-nginx reads it. */
  boolean flag(String name, boolean fallback) {
    String value = text(name);
    if (value == null) {
      return fallback;
    }
    switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> {
        return true;
      }
      case "0", "f", "F", "false", "FALSE", "False" -> {
        return false;
      }
      default -> {
        invalid(name, "\"true\" or \"false\"");
        return fallback;
      }
    }
  }

  /** A whole number. */
  int integer(String name, int from, int to, int fallback) {
    String value = text(name);
    if (value == null) {
      return fallback;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= from && number <= to && value.charAt(0) != '+') {
        return number;
      }
    } catch (NumberFormatException notANumber) {
      // Reported below, like one out of range.
    }
    invalid(name, "a whole number from " + from + " to " + to);
    return fallback;
  }

  /** Whole seconds without a unit. */
  Duration seconds(String name, int from, Duration fallback) {
    int number = integer(name, from, 31_536_000, -1);
    return number < 0 ? fallback : Duration.ofSeconds(number);
  }

  /** Bytes, with a suffix k, m or g of powers of 1024; 0 stands for no limit, here -1. */
  long bytes(String name, long fallback) {
    String value = text(name, SIZE, "a number of bytes such as 512k, 8m or 1g, 0 for no limit");
    if (value == null) {
      return fallback;
    }
    char unit = Character.toLowerCase(value.charAt(value.length() - 1));
    int shift =
        switch (unit) {
          case 'k' -> 10;
          case 'm' -> 20;
          case 'g' -> 30;
          default -> 0;
        };
    long number = Long.parseLong(shift == 0 ? value : value.substring(0, value.length() - 1));
    return number == 0 ? -1 : number << shift;
  }

  /** One of some words, in any case; given back as it is in the list. */
  String choice(String name, List<String> allowed, String fallback) {
    String value = text(name);
    if (value == null) {
      return fallback;
    }
    for (String word : allowed) {
      if (word.equalsIgnoreCase(value)) {
        return word;
      }
    }
    invalid(name, "one of " + allowed);
    return fallback;
  }

  /** What stands between commas, without blanks around it and without empty elements. */
  List<String> list(String name) {
    String value = text(name);
    if (value == null) {
      return List.of();
    }
    List<String> elements = new ArrayList<>();
    for (String element : value.split(",")) {
      if (!element.isBlank()) {
        elements.add(element.strip());
      }
    }
    return elements;
  }

  /** Reports that the value of an annotation is not allowed. */
  void invalid(String name, String allowed) {
    invalid.add(name);
    problems.report(
        Kind.INVALID,
        shown(written.getOrDefault(name, name))
            + ": '"
            + shown(values.getOrDefault(name, ""))
            + "' is not allowed, but "
            + allowed);
  }

  /** Whether a value was not allowed. */
  boolean isInvalid(String name) {
    return invalid.contains(name);
  }

  /** Reports that an annotation has no effect here. */
  void ignored(String name, String why) {
    problems.report(
        Kind.UNSUPPORTED, shown(written.getOrDefault(name, name)) + " is ignored: " + shown(why));
  }

  /** Reports what is wrong with the object that an annotation names. */
  void broken(String name, String what) {
    problems.report(
        Kind.BROKEN_REFERENCE, shown(written.getOrDefault(name, name)) + ": " + shown(what));
  }

  /** User text for a message: bounded, printable ASCII. */
  static String shown(String text) {
    StringBuilder out = new StringBuilder();
    int length = Math.min(text.length(), SHOWN);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      out.append(c >= ' ' && c < 127 ? c : '?');
    }
    return out.append(text.length() > length ? "..." : "").toString();
  }

  @Override
  public String toString() {
    return values.keySet().toString().toLowerCase(Locale.ROOT);
  }
}
