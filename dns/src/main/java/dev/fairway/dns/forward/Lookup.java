// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.WireName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A question to an upstream. Equal questions share one lookup and one cache entry: that is the name
 * without letter case, the type, and the DO and CD bits. Immutable.
 */
public final class Lookup {
  private final byte[] name;
  private final byte @Nullable [] target;
  private final int type;
  private final boolean dnssecOk;
  private final boolean checkingDisabled;

  private Lookup(
      byte[] name, byte @Nullable [] target, int type, boolean dnssecOk, boolean checkingDisabled) {
    this.name = name;
    this.target = target;
    this.type = type;
    this.dnssecOk = dnssecOk;
    this.checkingDisabled = checkingDisabled;
  }

  /** What a client asks. */
  public static Lookup of(Query query) {
    return new Lookup(
        query.name().toBytes(), null, query.type(), query.dnssecOk(), query.checkingDisabled());
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
    return new Lookup(folded.toBytes(), target, type, false, false);
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

  boolean dnssecOk() {
    return dnssecOk;
  }

  boolean checkingDisabled() {
    return checkingDisabled;
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof Lookup other
        && type == other.type
        && dnssecOk == other.dnssecOk
        && checkingDisabled == other.checkingDisabled
        && Arrays.equals(name, other.name);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(name) * 31 + type * 4 + (dnssecOk ? 2 : 0) + (checkingDisabled ? 1 : 0);
  }
}
