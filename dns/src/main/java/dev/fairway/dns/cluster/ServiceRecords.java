// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;

/**
 * Writes the records of services. Each set starts at a random record and wraps around, so that
 * clients spread over endpoints, also over those that do not fit. Confined to one thread.
 */
final class ServiceRecords {
  private final ResponseWriter.Srv srv = new ResponseWriter.Srv();
  private long random;

  ServiceRecords(long seed) {
    this.random = seed | 1;
  }

  /** A random number in [0, bound), 0 for a bound of 0. */
  private int start(int bound) {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return bound < 2 ? 0 : (int) (((random >>> 32) * bound) >>> 32);
  }

  void a(ResponseWriter out, int owner, int ttl, int[] v4, int from, int to) {
    int start = start(to - from);
    for (int i = from + start; i < to; i++) {
      if (!out.answerA(owner, ttl, v4[i])) {
        return;
      }
    }
    for (int i = from; i < from + start; i++) {
      if (!out.answerA(owner, ttl, v4[i])) {
        return;
      }
    }
  }

  /** As {@link #a}; {@code from} and {@code to} count addresses of two longs. */
  void aaaa(ResponseWriter out, int owner, int ttl, long[] v6, int from, int to) {
    int start = start(to - from);
    for (int i = from + start; i < to; i++) {
      if (!out.answerAaaa(owner, ttl, v6[2 * i], v6[2 * i + 1])) {
        return;
      }
    }
    for (int i = from; i < from + start; i++) {
      if (!out.answerAaaa(owner, ttl, v6[2 * i], v6[2 * i + 1])) {
        return;
      }
    }
  }

  /** Answers a question for the service's own name. */
  void service(ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, Ask ask) {
    int ttl = zone.options().ttl();
    int[] v4 = entry.addresses().v4();
    long[] v6 = entry.addresses().v6();
    switch (ask.type) {
      case RecordType.A -> a(out, ask.owner, ttl, v4, 0, v4.length);
      case RecordType.AAAA -> aaaa(out, ask.owner, ttl, v6, 0, v6.length / 2);
      case RecordType.SRV -> srv(zone, out, entry, ask, 0, entry.ports().length);
      default -> {}
    }
  }

  /** Answers a question for one of the service's ports. */
  void port(ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, int port, Ask ask) {
    int ttl = zone.options().ttl();
    PortGroup group = entry.ports()[port];
    switch (ask.type) {
      case RecordType.A -> a(out, ask.owner, ttl, group.v4(), 0, group.v4().length);
      case RecordType.AAAA -> aaaa(out, ask.owner, ttl, group.v6(), 0, group.v6().length / 2);
      case RecordType.SRV -> srv(zone, out, entry, ask, port, port + 1);
      default -> {}
    }
  }

  /** Answers a question for one of the service's endpoints. */
  void host(ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, int host, Ask ask) {
    int ttl = zone.options().ttl();
    HostTable hosts = entry.hosts();
    switch (ask.type) {
      case RecordType.A -> a(out, ask.owner, ttl, hosts.v4(), hosts.v4From(host), hosts.v4To(host));
      case RecordType.AAAA ->
          aaaa(out, ask.owner, ttl, hosts.v6(), hosts.v6From(host), hosts.v6To(host));
      case RecordType.SRV -> hostSrv(zone, out, entry, host, ask);
      default -> {}
    }
  }

  /** What is asked, and how the answer refers to names; refilled for each question. */
  static final class Ask {
    int type;

    /** Pointer to the owner of the records. */
    int owner;

    /** Where the zone starts in the name of the question; -1 when it is not there. */
    int zoneFrom;
  }

  private void srv(
      ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, Ask ask, int from, int to) {
    int items = 0;
    for (int i = from; i < to; i++) {
      items += entry.ports()[i].items();
    }
    if (items == 0) {
      return;
    }
    srv.weight(Math.max(1, 100 / items));
    srv.service(entry.suffix());
    if (entry.isHeadless()) {
      headlessSrv(zone, out, entry, ask, from, to);
    } else {
      clusterSrv(zone, out, entry, ask, from, to);
    }
  }

  private void clusterSrv(
      ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, Ask ask, int from, int to) {
    int ttl = zone.options().ttl();
    int target = -1;
    for (int i = from; i < to; i++) {
      int number = entry.ports()[i].port();
      if (isRepeated(entry.ports(), from, i, number)) {
        continue;
      }
      srv.port(number);
      int at =
          out.answerSrv(ask.owner, ttl, srv, ZoneNames.NO_LABEL, 0, 0, ask.zoneFrom, zone.zone());
      if (at < 0) {
        return;
      }
      target = target < 0 ? at : target;
    }
    if (target >= 0) {
      glue(out, target, ttl, entry.addresses().v4(), 0, entry.addresses().v4().length);
      glue(out, target, ttl, entry.addresses().v6(), 0, entry.addresses().v6().length / 2);
    }
  }

  /** Whether another port, TCP beside UDP say, has given the same record already. */
  private static boolean isRepeated(PortGroup[] ports, int from, int to, int number) {
    for (int i = from; i < to; i++) {
      if (ports[i].port() == number) {
        return true;
      }
    }
    return false;
  }

  private void headlessSrv(
      ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, Ask ask, int from, int to) {
    int ttl = zone.options().ttl();
    HostTable hosts = entry.hosts();
    int begin = out.position();
    int turn = start(Integer.MAX_VALUE);
    for (int p = from; p < to; p++) {
      long[] targets = entry.ports()[p].targets();
      for (int i = 0; i < targets.length; i++) {
        long target = targets[turned(i, turn, targets.length)];
        if (!isRepeated(entry.ports(), from, p, target)
            && target(zone, out, entry, target, ask, ttl) < 0) {
          return;
        }
      }
    }
    // The same walk again: now the place of each target in the message is known.
    int at = begin;
    int rest = 18 + entry.suffix().length + zone.zone().length();
    for (int p = from; p < to; p++) {
      long[] targets = entry.ports()[p].targets();
      for (int i = 0; i < targets.length; i++) {
        int index = turned(i, turn, targets.length);
        if (isRepeated(entry.ports(), from, p, targets[index])) {
          continue;
        }
        int host = (int) (targets[index] >>> 16);
        if (isFirstOfHost(entry.ports(), from, p, index, host)
            && !glue(out, at + 18, ttl, hosts, host)) {
          return;
        }
        at += rest + hosts.labelTo(host) - hosts.labelFrom(host);
      }
    }
  }

  private static int turned(int i, int turn, int length) {
    int index = i + turn % length;
    return index < length ? index : index - length;
  }

  private static boolean isFirstOfHost(PortGroup[] ports, int from, int port, int index, int host) {
    for (int p = from; p < port; p++) {
      if (ports[p].hasTarget(host)) {
        return false;
      }
    }
    return index == ports[port].firstTarget(host);
  }

  private static boolean isRepeated(PortGroup[] ports, int from, int to, long target) {
    for (int i = from; i < to; i++) {
      if (java.util.Arrays.binarySearch(ports[i].targets(), target) >= 0) {
        return true;
      }
    }
    return false;
  }

  private int target(
      ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, long target, Ask ask, int ttl) {
    HostTable hosts = entry.hosts();
    int host = (int) (target >>> 16);
    srv.port((int) target & 0xffff);
    return out.answerSrv(
        ask.owner,
        ttl,
        srv,
        hosts.labels(),
        hosts.labelFrom(host),
        hosts.labelTo(host),
        ask.zoneFrom,
        zone.zone());
  }

  private void hostSrv(
      ZoneSnapshot zone, ResponseWriter out, ServiceEntry entry, int host, Ask ask) {
    int items = 0;
    for (PortGroup group : entry.ports()) {
      items += group.targetsOf(host);
    }
    if (items == 0) {
      return;
    }
    srv.weight(Math.max(1, 100 / (items * entry.hosts().addresses(host))));
    srv.service(entry.suffix());
    int ttl = zone.options().ttl();
    int glueAt = -1;
    for (int p = 0; p < entry.ports().length; p++) {
      long[] targets = entry.ports()[p].targets();
      int first = entry.ports()[p].firstTarget(host);
      for (int i = first; i < targets.length && targets[i] >>> 16 == host; i++) {
        if (!isRepeated(entry.ports(), 0, p, targets[i])) {
          int at = target(zone, out, entry, targets[i], ask, ttl);
          if (at < 0) {
            return;
          }
          glueAt = glueAt < 0 ? at : glueAt;
        }
      }
    }
    glue(out, glueAt, ttl, entry.hosts(), host);
  }

  private static boolean glue(ResponseWriter out, int target, int ttl, HostTable hosts, int host) {
    return glue(out, target, ttl, hosts.v4(), hosts.v4From(host), hosts.v4To(host))
        && glue(out, target, ttl, hosts.v6(), hosts.v6From(host), hosts.v6To(host));
  }

  static boolean glue(ResponseWriter out, int target, int ttl, int[] v4, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!out.additionalA(target, ttl, v4[i])) {
        return false;
      }
    }
    return true;
  }

  static boolean glue(ResponseWriter out, int target, int ttl, long[] v6, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!out.additionalAaaa(target, ttl, v6[2 * i], v6[2 * i + 1])) {
        return false;
      }
    }
    return true;
  }
}
