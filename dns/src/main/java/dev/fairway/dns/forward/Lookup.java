// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.WireName;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question to an upstream. Equal questions share one lookup and one cache entry: that is the name
 * without letter case, the type, and the DO and CD bits. Immutable.
 */
public final class Lookup {
  static final int DNSSEC_OK = 2;
  static final int CHECKING_DISABLED = 1;
  private static final int NO_RECURSION = 4;

  private final byte[] name;
  private final byte @Nullable [] target;
  private final int type;
  private final int flags;

  private Lookup(byte[] name, byte @Nullable [] target, int type, int flags) {
    this.name = name;
    this.target = target;
    this.type = type;
    this.flags = flags;
  }

  static int flags(boolean dnssecOk, boolean checkingDisabled) {
    return (dnssecOk ? DNSSEC_OK : 0) | (checkingDisabled ? CHECKING_DISABLED : 0);
  }

  /** What a client asks. */
  public static Lookup of(Query query) {
    return new Lookup(
        query.name().toBytes(),
        null,
        query.type(),
        flags(query.dnssecOk(), query.checkingDisabled()));
  }

  /**
   * The rest of an answer that leaves the cluster zone.
   *
   * @param target name in wire form
   */
  public static Lookup chase(byte[] target, int type) {
    WireName folded = new WireName();
    if (folded.read(target, 0, target.length) < 0) {
      throw new IllegalArgumentException("not a name: " + Arrays.toString(target));
    }
    return new Lookup(folded.toBytes(), target, type, 0);
  }

  /**
   * A question of this server's own.
   *
   * @param name in text form
   */
  static Lookup own(String name, int type, boolean recursion) {
    return new Lookup(WireName.of(name).toBytes(), null, type, recursion ? 0 : NO_RECURSION);
  }

  /** Whether this continues an answer of the cluster zone. */
  public boolean isChase() {
    return target != null;
  }

  byte[] target() {
    return target == null ? name : target;
  }

  /** The folded name in wire form; not to be written. */
  byte[] name() {
    return name;
  }

  int type() {
    return type;
  }

  int flags() {
    return flags;
  }

  boolean dnssecOk() {
    return (flags & DNSSEC_OK) != 0;
  }

  boolean recursion() {
    return (flags & NO_RECURSION) == 0;
  }

  boolean checkingDisabled() {
    return (flags & CHECKING_DISABLED) != 0;
  }

  /** Whether the name is in one of these zones; {@code ifNone} where there are none. */
  boolean isIn(List<String> zones, boolean ifNone) {
    if (zones.isEmpty()) {
      return ifNone;
    }
    WireName wire = wireName();
    return zones.stream().anyMatch(zone -> wire.labelsBefore(WireName.of(zone)) >= 0);
  }

  /** The name, to be compared with zones. */
  public WireName wireName() {
    WireName wire = new WireName();
    wire.read(name, 0, name.length);
    return wire;
  }

  boolean isOf(CacheEntry entry) {
    return type == entry.type && flags == entry.flags && Arrays.equals(name, entry.name);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof Lookup other
        && type == other.type
        && flags == other.flags
        && Arrays.equals(name, other.name);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(name) * 31 + type * 4 + flags;
  }
}
