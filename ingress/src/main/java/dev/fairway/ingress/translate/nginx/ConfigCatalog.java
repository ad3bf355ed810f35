// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.translate.nginx.AnnotationCatalog.Support;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every key of ingress-nginx's ConfigMap, with what becomes of it here. */
final class ConfigCatalog {
  /**
   * A key.
   *
   * @param atStart whether it takes effect only when the gateway starts
   * @param note what it does here
   */
  record Key(String name, Support support, boolean atStart, String note) {}

  private static final Map<String, Key> KEYS = keys();

  private ConfigCatalog() {}

  /** All keys, in alphabetical order. */
  static Iterable<Key> all() {
    return KEYS.values();
  }

  /** What is known of a key, or null. */
  static @Nullable Key find(String name) {
    return KEYS.get(name);
  }

  /** For a name that is unknown: what may have been meant, or "". */
  static String hint(String name) {
    String meant = NearestName.of(name, KEYS.keySet());
    return meant == null ? "" : "; did you mean " + meant + "?";
  }

  private static Map<String, Key> keys() {
    Map<String, Key> keys = new LinkedHashMap<>();
    for (String line : ConfigTable.TEXT.lines().toList()) {
      String[] columns = line.split("\\|", 3);
      String name = columns[0].strip();
      boolean atStart = columns[1].strip().equals("start");
      Support support = atStart ? Support.SUPPORTED : Support.of(columns[1].strip());
      keys.put(name, new Key(name, support, atStart, columns[2].strip()));
    }
    return keys;
  }
}
