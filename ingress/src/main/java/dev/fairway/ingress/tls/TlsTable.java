// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Profiles by server name. The keys: {@code host}, {@code *.parent} for names with one label more,
 * {@code **.parent} for names with any number of labels more, "" for everything else. The most
 * specific one wins. Immutable.
 */
public final class TlsTable {
  private static final TlsTable EMPTY = new TlsTable(Map.of());

  private final Map<String, TlsProfile> byName;

  private TlsTable(Map<String, TlsProfile> byName) {
    this.byName = Map.copyOf(byName);
  }

  /** The table without profiles. */
  public static TlsTable empty() {
    return EMPTY;
  }

  /** A table of the given profiles; the keys are lower case. */
  public static TlsTable of(Map<String, TlsProfile> byName) {
    return byName.isEmpty() ? EMPTY : new TlsTable(byName);
  }

  /**
   * The profile of a name, or null where the default applies.
   *
   * @param name lower case, without port and trailing dot, or ""
   */
  public @Nullable TlsProfile find(String name) {
    TlsProfile exact = byName.get(name);
    if (exact != null || byName.isEmpty()) {
      return exact;
    }
    int dot = name.indexOf('.');
    if (dot > 0) {
      TlsProfile oneLabel = byName.get("*" + name.substring(dot));
      if (oneLabel != null) {
        return oneLabel;
      }
    }
    while (dot >= 0) {
      TlsProfile anyDepth = byName.get("**" + name.substring(dot));
      if (anyDepth != null) {
        return anyDepth;
      }
      dot = name.indexOf('.', dot + 1);
    }
    return byName.get("");
  }

  Collection<TlsProfile> profiles() {
    return byName.values();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TlsTable that && byName.equals(that.byName);
  }

  @Override
  public int hashCode() {
    return byName.hashCode();
  }
}
