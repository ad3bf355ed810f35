// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

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
    REFUSED;

    /** By the word in a table. */
    static Support of(String word) {
      return switch (word) {
        case "yes" -> SUPPORTED;
        case "differs" -> DIFFERENT;
        case "no" -> UNSUPPORTED;
        default -> REFUSED;
      };
    }
  }

  /**
   * An annotation.
   *
   * @param name without prefix
   * @param note what it does here
   */
  public record Entry(String name, Support support, String note) {}

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
      meant = NearestName.of(name, ENTRIES.keySet());
    }
    return meant == null ? "" : "; did you mean " + meant + "?";
  }

  private static Map<String, Entry> entries() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (String line : AnnotationTable.TEXT.lines().toList()) {
      String[] columns = line.split("\\|", 3);
      Support support = Support.of(columns[1].strip());
      entries.put(columns[0].strip(), new Entry(columns[0].strip(), support, columns[2].strip()));
    }
    return entries;
  }
}
