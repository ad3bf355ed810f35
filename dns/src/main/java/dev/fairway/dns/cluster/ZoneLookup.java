// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.DashedAddress;
import dev.fairway.dns.wire.WireName;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a name of the zone is: the grammar of the specification, read from the right.
 * Refilled by {@link #find}; confined to one thread.
 */
final class ZoneLookup {
  /** What a name stands for. */
  enum Node {
    /** The name does not exist. */
    NONE,
    /** It exists, but only because names below it do, or as a namespace. */
    EMPTY,
    APEX,
    VERSION,
    /** {@code ns.dns}: this server. */
    NAME_SERVER,
    SERVICE,
    /** An endpoint of {@link #entry()}. */
    HOST,
    /** A named port of {@link #entry()}. */
    PORT,
    /** The address in the name of a pod. */
    POD,
    /** Nobody knows yet. */
    UNKNOWN
  }

  private final DashedAddress pod = new DashedAddress();
  private @Nullable ServiceEntry entry;
  private int host;
  private int port;

  /**
   * Finds a name.
   *
   * @param labels how many labels stand before the zone
   */
  Node find(ZoneSnapshot zone, WireName name, int labels) {
    entry = null;
    if (labels == 0) {
      return Node.APEX;
    }
    int last = labels - 1;
    if (name.labelIs(last, ZoneNames.SVC)) {
      return findService(zone, name, labels);
    }
    if (name.labelIs(last, ZoneNames.POD)) {
      return findPod(zone, name, labels);
    }
    if (name.labelIs(last, ZoneNames.DNS)) {
      if (labels == 1) {
        return zone.options().compat() ? Node.NONE : Node.EMPTY;
      }
      return labels == 2 && name.labelIs(0, ZoneNames.NS) ? Node.NAME_SERVER : Node.NONE;
    }
    return labels == 1 && name.labelIs(0, ZoneNames.DNS_VERSION) ? Node.VERSION : Node.NONE;
  }

  private Node findService(ZoneSnapshot zone, WireName name, int labels) {
    if (labels == 1) {
      return Node.EMPTY;
    }
    if (labels == 2) {
      return zone.isNamespace(name, 0) ? Node.EMPTY : Node.NONE;
    }
    if (labels > 6 || (labels == 6 && !zone.options().zonal())) {
      return Node.NONE;
    }
    ServiceEntry found = zone.service(name, name.labelAt(labels - 3), name.labelAt(labels - 1));
    if (found == null) {
      return Node.NONE;
    }
    entry = found;
    if (labels == 3) {
      return Node.SERVICE;
    }
    if (labels == 4) {
      host = found.hosts().find(name, 0);
      if (host >= 0) {
        return Node.HOST;
      }
      boolean below =
          !zone.options().compat() && (found.hasNamesBelow(name, 0) || isAboveZonal(zone, name, 0));
      return below ? Node.EMPTY : Node.NONE;
    }
    if (labels == 6) {
      return findZonal(name, found);
    }
    port = found.findPort(name);
    if (port >= 0) {
      return Node.PORT;
    }
    boolean directive = name.labelIs(0, ZoneNames.PIN) || name.labelIs(0, ZoneNames.PREFER);
    boolean above = !zone.options().compat() && directive && isAboveZonal(zone, name, 1);
    return above ? Node.EMPTY : Node.NONE;
  }

  /** Whether label {@code i} is the one that zonal names of a headless service stand below. */
  private boolean isAboveZonal(ZoneSnapshot zone, WireName name, int i) {
    return zone.options().zonal() && entry().isHeadless() && name.labelIs(i, ZoneNames.ZONE);
  }

  /** A name {@code <topology zone>.pin._zone.<service>}, or with {@code prefer}. */
  private Node findZonal(WireName name, ServiceEntry found) {
    boolean prefers = name.labelIs(1, ZoneNames.PREFER);
    boolean pins = name.labelIs(1, ZoneNames.PIN);
    if (!found.isHeadless() || !name.labelIs(2, ZoneNames.ZONE) || !(pins || prefers)) {
      return Node.NONE;
    }
    ServiceEntry part = found.inZone(name, 0);
    if (part == null && pins) {
      return Node.EMPTY;
    }
    entry = part == null ? found : part;
    return Node.SERVICE;
  }

  private Node findPod(ZoneSnapshot zone, WireName name, int labels) {
    if (labels == 1) {
      return Node.EMPTY;
    }
    if (zone.options().pods() == PodsMode.DISABLED) {
      return Node.NONE;
    }
    if (labels > 3 || !zone.isNamespace(name, labels - 2)) {
      return Node.NONE;
    }
    if (labels == 2) {
      return Node.EMPTY;
    }
    if (!pod.parse(name, 0)) {
      return Node.NONE;
    }
    if (zone.options().pods() == PodsMode.VERIFIED) {
      boolean known = zone.pods().isSynced();
      return !known ? Node.UNKNOWN : zone.pods().has(name, 1, pod) ? Node.POD : Node.NONE;
    }
    return Node.POD;
  }

  /** The service of a SERVICE, HOST or PORT. */
  ServiceEntry entry() {
    ServiceEntry found = entry;
    if (found == null) {
      throw new IllegalStateException("this name is not one of a service");
    }
    return found;
  }

  int host() {
    return host;
  }

  int port() {
    return port;
  }

  /** The address of a POD. */
  DashedAddress pod() {
    return pod;
  }
}
