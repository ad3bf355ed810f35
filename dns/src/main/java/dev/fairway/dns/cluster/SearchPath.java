// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.WireName;
import org.jspecify.annotations.Nullable;

/**
 * Sees where a pod's resolver is in its search path. A pod asks for {@code www.example.org} as
 * {@code www.example.org.<namespace>.svc.<zone>}, {@code www.example.org.svc.<zone>} and {@code
 * www.example.org.<zone>} before it asks for the name itself; where none of these exists, the first
 * question can be answered with what the last one would get. Confined to one event loop.
 */
public final class SearchPath {
  /** Labels of the shortest name: two of the name itself, the namespace, and {@code svc}. */
  private static final int MIN_LABELS = 4;

  private final ZoneLookup lookup = new ZoneLookup();
  private final WireName candidate = new WireName();
  private final byte[] buffer = new byte[WireName.MAX_LENGTH + 1];

  /**
   * The name that the client is after, in wire form. Null where the question is not the first one
   * of a search path, where the client is no pod of the namespace in it, where the name is of the
   * zone itself, or where a later question of the path has an answer of its own.
   *
   * @param name a name that does not exist
   * @param v4 whether the client's address is IPv4
   * @param high upper half of the client's address
   * @param low lower half
   */
  public byte @Nullable [] rest(ZoneSnapshot zone, WireName name, boolean v4, long high, long low) {
    int labels = name.labelsBefore(zone.zone());
    if (labels < MIN_LABELS
        || !name.labelIs(labels - 1, ZoneNames.SVC)
        || !zone.pods().has(name, labels - 2, v4, high, low)) {
      return null;
    }
    int own = name.labelAt(labels - 2);
    name.copyTail(0, buffer, 0);
    byte[] rest = java.util.Arrays.copyOf(buffer, own + 1);
    rest[own] = 0;
    boolean free =
        candidate.read(rest, 0, rest.length) > 0
            && candidate.labelsBefore(zone.zone()) < 0
            && isMissing(zone, name, own, labels - 2, labels - 1)
            && isMissing(zone, name, own, labels - 2, labels);
    return free ? rest : null;
  }

  /** For how many seconds the alias to a name that was found may be kept. */
  public static int ttl(ZoneSnapshot zone) {
    return zone.options().ttl();
  }

  /** Whether the name's own labels and its labels from {@code tail} on make no name of the zone. */
  private boolean isMissing(ZoneSnapshot zone, WireName name, int own, int ownLabels, int tail) {
    name.copyTail(0, buffer, 0);
    name.copyTail(name.labelAt(tail), buffer, own);
    int length = own + name.length() - name.labelAt(tail);
    int inZone = ownLabels + name.labelsBefore(zone.zone()) - tail;
    return candidate.read(buffer, 0, length) > 0
        && lookup.find(zone, candidate, inZone) == ZoneLookup.Node.NONE;
  }
}
