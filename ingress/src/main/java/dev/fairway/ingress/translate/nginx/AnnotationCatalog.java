// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every annotation of ingress-nginx 1.15, with what becomes of it here. */
public final class AnnotationCatalog {
  /** What becomes of an annotation. */
  public enum Support {
    /** Works as with ingress-nginx. */
    SUPPORTED,
    /** Accepted; the note says what is different. */
    DIFFERENT,
    /** Without effect; the owner of the Ingress is told. */
    UNSUPPORTED,
    /** Never served; the owner of the Ingress is told. */
    REFUSED
  }

  /**
   * An annotation.
   *
   * @param name without prefix
   * @param note what it does here
   */
  public record Entry(String name, Support support, String note) {}

  private static final int MAX_DISTANCE = 3;
  private static final int MAX_NAME = 64;

  /** Other names of the same annotation. */
  private static final Map<String, String> ALIASES =
      Map.of(
          "whitelist-source-range", "allowlist-source-range",
          "limit-whitelist", "limit-allowlist");

  /** Names that never existed or were removed, which many manifests carry. */
  private static final Map<String, String> FICTIONAL =
      Map.ofEntries(
          Map.entry("rate-limit", "limit-rps"),
          Map.entry("rate-limit-window", "limit-rpm"),
          Map.entry("rate-limiting", "limit-rps"),
          Map.entry("limit-req", "limit-rps"),
          Map.entry("server-snippets", "server-snippet"),
          Map.entry("secure-backends", "backend-protocol"),
          Map.entry("grpc-backend", "backend-protocol"),
          Map.entry("add-base-url", "rewrite-target"),
          Map.entry("base-url-scheme", "rewrite-target"),
          Map.entry("session-cookie-hash", "affinity"),
          Map.entry("secure-verify-ca-secret", "proxy-ssl-secret"),
          Map.entry("client-max-body-size", "proxy-body-size"),
          Map.entry("max-body-size", "proxy-body-size"),
          Map.entry("proxy-timeout", "proxy-read-timeout"),
          Map.entry("cors-allow-origins", "cors-allow-origin"));

  private static final Map<String, Entry> ENTRIES = entries();

  private AnnotationCatalog() {}

  /** All annotations, in alphabetical order. */
  public static Iterable<Entry> all() {
    return ENTRIES.values();
  }

  /** What is known of an annotation, or null. */
  static @Nullable Entry find(String name) {
    return ENTRIES.get(name);
  }

  /** The name under which an annotation is known that has several. */
  static String canonical(String name) {
    return ALIASES.getOrDefault(name, name);
  }

  /** For a name that is unknown: what may have been meant, or "". */
  static String hint(String name) {
    if (name.startsWith("hsts")) {
      return "; responses over HTTPS carry Strict-Transport-Security where compat=ingress-nginx";
    }
    if (name.contains("websocket")) {
      return "; WebSockets need none";
    }
    String meant = FICTIONAL.get(name);
    if (meant == null) {
      meant = nearest(name);
    }
    return meant == null ? "" : "; did you mean " + meant + "?";
  }

  private static @Nullable String nearest(String name) {
    if (name.length() > MAX_NAME) {
      return null;
    }
    String best = null;
    int bestDistance = MAX_DISTANCE + 1;
    for (String known : ENTRIES.keySet()) {
      int distance = Math.min(distance(name, known), 1 + distance(sorted(name), sorted(known)));
      if (distance < bestDistance) {
        best = known;
        bestDistance = distance;
      }
    }
    return best;
  }

  private static String sorted(String name) {
    String[] words = name.split("[-_.]");
    Arrays.sort(words);
    return String.join("-", words);
  }

  /** Insertions, deletions and replacements of characters between two words (Levenshtein). */
  private static int distance(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] now = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      before[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      now[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        now[j] = Math.min(replaced, 1 + Math.min(before[j], now[j - 1]));
      }
      int[] swap = before;
      before = now;
      now = swap;
    }
    return before[b.length()];
  }

  private static Map<String, Entry> entries() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (String line : TABLE.lines().toList()) {
      String[] columns = line.split("\\|", 3);
      Support support =
          switch (columns[1].strip()) {
            case "yes" -> Support.SUPPORTED;
            case "differs" -> Support.DIFFERENT;
            case "no" -> Support.UNSUPPORTED;
            default -> Support.REFUSED;
          };
      entries.put(columns[0].strip(), new Entry(columns[0].strip(), support, columns[2].strip()));
    }
    return entries;
  }

  private static final String TABLE = AnnotationTable.TEXT;
}
