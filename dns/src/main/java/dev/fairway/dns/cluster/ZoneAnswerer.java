// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.WireName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions about names of the cluster zone and about addresses of the cluster. Does not
 * allocate, except for the apex's NS records. Confined to one event loop.
 */
public final class ZoneAnswerer {
  /** What became of a question. */
  public enum Outcome {
    /** The response is written; {@link #rcode} tells its code. */
    ANSWERED,
    /** The name belongs to somebody else. Nothing is written. */
    FOREIGN,
    /**
     * The answer continues outside the zone: look {@link #chaseTarget} up and ask again with the
     * result. What is written is to be thrown away.
     */
    CHASE
  }

  private static final byte[] VERSION = "1.1.0".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION_TTL = 28_800;
  private static final int MAX_SOA_TTL = 300;
  private static final int MAX_CHAIN = 10;

  private final ZoneLookup lookup = new ZoneLookup();
  private final ReverseName reverse = new ReverseName();
  private final ServiceRecords records;
  private final ReverseRecords reverseRecords = new ReverseRecords();
  private final NameServers nameServers = new NameServers();
  private final ServiceRecords.Ask ask = new ServiceRecords.Ask();
  private final @Nullable ServiceEntry[] chain = new @Nullable ServiceEntry[MAX_CHAIN];
  private final boolean chases;
  private int rcode;
  private byte[] chaseTarget = new byte[0];

  /**
   * An answerer.
   *
   * @param chases whether targets outside the zone can be looked up; if not, such an answer ends
   *     with the CNAME
   * @param seed for the rotation of records
   */
  public ZoneAnswerer(boolean chases, long seed) {
    this.chases = chases;
    this.records = new ServiceRecords(seed);
  }

  /** The response code of the last answer. */
  public int rcode() {
    return rcode;
  }

  /** The name to look up, in wire form. */
  public byte[] chaseTarget() {
    return chaseTarget;
  }

  /**
   * Writes the answer to a query, between the writer's {@code begin} and {@code finish}.
   *
   * @param chased the result of a chase that an earlier call asked for
   */
  public Outcome answer(
      ZoneSnapshot zone, Query query, ResponseWriter out, @Nullable ChaseResult chased) {
    Outcome outcome = find(zone, query, out, chased);
    if (zone.isStale() && outcome == Outcome.ANSWERED) {
      markStale(zone, out);
    }
    return outcome;
  }

  /** A name that is missing from what was known before may have come since. */
  private void markStale(ZoneSnapshot zone, ResponseWriter out) {
    if (rcode == Rcode.NXDOMAIN && zone.knowledge() == ZoneSnapshot.Knowledge.RESTORED) {
      out.clearRecords();
      rcode = Rcode.SERVFAIL;
      out.extendedError(Rcode.EDE_NOT_READY);
    } else if (rcode == Rcode.NOERROR || rcode == Rcode.NXDOMAIN) {
      out.extendedError(Rcode.EDE_STALE_ANSWER);
    }
  }

  private Outcome find(
      ZoneSnapshot zone, Query query, ResponseWriter out, @Nullable ChaseResult chased) {
    rcode = Rcode.NOERROR;
    out.truncateAtAdditional(zone.options().compat());
    WireName name = query.name();
    int labels = name.labelsBefore(zone.zone());
    if (labels < 0) {
      return answerReverse(zone, query, out);
    }
    int zoneFrom = name.labelAt(labels);
    if (query.isTransfer()) {
      rcode = Rcode.REFUSED;
      return Outcome.ANSWERED;
    }
    if (!zone.isSynced()) {
      return notSynced(zone, out, zoneFrom);
    }
    ask.type = query.type();
    ask.owner = ResponseWriter.QUESTION;
    ask.zoneFrom = zoneFrom;
    ZoneLookup.Node node = lookup.find(zone, name, labels);
    if (node == ZoneLookup.Node.UNKNOWN) {
      return notSynced(zone, out, zoneFrom);
    }
    if (query.type() == RecordType.ANY
        && node != ZoneLookup.Node.NONE
        && !zone.options().compat()) {
      out.answerAny(ResponseWriter.QUESTION, zone.options().ttl());
      return Outcome.ANSWERED;
    }
    if (node == ZoneLookup.Node.SERVICE && lookup.entry().target() != null) {
      return answerChain(zone, out, chased);
    }
    writeNode(zone, out, node);
    if (out.answers() == 0) {
      negative(zone, out, zoneFrom);
    }
    return Outcome.ANSWERED;
  }

  private Outcome notSynced(ZoneSnapshot zone, ResponseWriter out, int zoneFrom) {
    rcode = Rcode.SERVFAIL;
    out.extendedError(Rcode.EDE_NOT_READY);
    negative(zone, out, zoneFrom);
    return Outcome.ANSWERED;
  }

  private static void negative(ZoneSnapshot zone, ResponseWriter out, int zoneFrom) {
    int ttl = negativeTtl(zone);
    out.authoritySoa(zoneFrom, Math.min(ttl, MAX_SOA_TTL), zone.serial(), ttl);
  }

  /** The TTL of the SOA where it is asked for, in seconds. */
  static int soaTtl(ZoneSnapshot zone) {
    return Math.min(zone.options().ttl(), MAX_SOA_TTL);
  }

  /** For how long a missing name may be remembered, in seconds. */
  static int negativeTtl(ZoneSnapshot zone) {
    return zone.options().compat() ? zone.options().ttl() : zone.options().negativeTtl();
  }

  /** Writes the records of the node that was looked up; none where it has none of the type. */
  private void writeNode(ZoneSnapshot zone, ResponseWriter out, ZoneLookup.Node node) {
    int ttl = zone.options().ttl();
    switch (node) {
      case NONE -> rcode = Rcode.NXDOMAIN;
      case EMPTY, UNKNOWN -> {}
      case APEX -> {
        if (ask.type == RecordType.SOA) {
          out.answerSoa(ask.zoneFrom, soaTtl(zone), zone.serial(), negativeTtl(zone));
        } else if (ask.type == RecordType.NS) {
          nameServers.write(zone, out, ask.zoneFrom);
        }
      }
      case VERSION -> {
        if (ask.type == RecordType.TXT) {
          out.answerTxt(ask.owner, VERSION_TTL, VERSION);
        }
      }
      case NAME_SERVER -> nameServers.writeAddresses(zone, out, ask);
      case SERVICE -> records.service(zone, out, lookup.entry(), ask);
      case HOST -> records.host(zone, out, lookup.entry(), lookup.host(), ask);
      case PORT -> records.port(zone, out, lookup.entry(), lookup.port(), ask);
      case POD -> {
        if (ask.type == RecordType.A && lookup.pod().isV4()) {
          out.answerA(ask.owner, ttl, (int) lookup.pod().low());
        } else if (ask.type == RecordType.AAAA && !lookup.pod().isV4()) {
          out.answerAaaa(ask.owner, ttl, lookup.pod().high(), lookup.pod().low());
        }
      }
    }
  }

  /** Follows ExternalName services, the first of which was looked up already. */
  private Outcome answerChain(ZoneSnapshot zone, ResponseWriter out, @Nullable ChaseResult chased) {
    boolean compat = zone.options().compat();
    boolean address = ask.type == RecordType.A || ask.type == RecordType.AAAA;
    if (compat && !address && ask.type != RecordType.CNAME) {
      negative(zone, out, ask.zoneFrom);
      return Outcome.ANSWERED;
    }
    ZoneLookup.Node node = ZoneLookup.Node.SERVICE;
    for (int depth = 0; ; depth++) {
      ServiceEntry.Target target = node == ZoneLookup.Node.SERVICE ? lookup.entry().target() : null;
      if (target == null) {
        return endOfChain(zone, out, node);
      }
      if (depth == MAX_CHAIN || isInChain(depth, lookup.entry())) {
        return brokenChain(zone, out, Rcode.EDE_OTHER);
      }
      chain[depth] = lookup.entry();
      int at = out.answerCname(ask.owner, zone.options().ttl(), target.wire());
      if (at < 0 || ask.type == RecordType.CNAME) {
        return Outcome.ANSWERED;
      }
      int labels = target.name().labelsBefore(zone.zone());
      if (labels < 0) {
        return outside(zone, out, target, chased);
      }
      ask.owner = 0xc000 | at;
      node = lookup.find(zone, target.name(), labels);
    }
  }

  private boolean isInChain(int depth, ServiceEntry entry) {
    for (int i = 0; i < depth; i++) {
      if (chain[i] == entry) {
        return true;
      }
    }
    return false;
  }

  private Outcome endOfChain(ZoneSnapshot zone, ResponseWriter out, ZoneLookup.Node node) {
    int before = out.answers();
    writeNode(zone, out, node);
    if (out.answers() == before) {
      if (zone.options().compat()) {
        out.clearRecords();
        rcode = Rcode.NOERROR;
      }
      negative(zone, out, ask.zoneFrom);
    }
    return Outcome.ANSWERED;
  }

  private Outcome brokenChain(ZoneSnapshot zone, ResponseWriter out, int extendedError) {
    if (zone.options().compat()) {
      out.clearRecords();
      negative(zone, out, ask.zoneFrom);
    } else {
      rcode = Rcode.SERVFAIL;
      out.extendedError(extendedError);
    }
    return Outcome.ANSWERED;
  }

  private Outcome outside(
      ZoneSnapshot zone,
      ResponseWriter out,
      ServiceEntry.Target target,
      @Nullable ChaseResult chased) {
    if (!chases) {
      return Outcome.ANSWERED;
    }
    if (chased == null) {
      chaseTarget = target.wire();
      return Outcome.CHASE;
    }
    // A chain that changed meanwhile is rare; the client's next try gets the new one.
    if (chased.failed() || !Arrays.equals(chased.target(), target.wire())) {
      return brokenChain(zone, out, Rcode.EDE_NO_REACHABLE_AUTHORITY);
    }
    rcode = chased.rcode();
    chased.writeTo(out);
    return Outcome.ANSWERED;
  }

  private Outcome answerReverse(ZoneSnapshot zone, Query query, ResponseWriter out) {
    WireName name = query.name();
    ReverseName.Kind kind = reverse.parse(name);
    if (kind == ReverseName.Kind.FOREIGN) {
      return Outcome.FOREIGN;
    }
    int zoneFrom = reverseZone(zone, name);
    boolean ours = zoneFrom >= 0;
    if (!zone.isSynced()) {
      return ours ? notSynced(zone, out, zoneFrom) : Outcome.FOREIGN;
    }
    boolean known = kind == ReverseName.Kind.ADDRESS && reverseRecords.find(zone, reverse);
    if (!known && !ours) {
      return Outcome.FOREIGN;
    }
    if (query.isTransfer()) {
      rcode = Rcode.REFUSED;
      return Outcome.ANSWERED;
    }
    int soaZone = ours ? zoneFrom : reverse.rootOffset();
    boolean apex = zoneFrom == 0;
    boolean above = apex || (kind == ReverseName.Kind.PREFIX && !zone.options().compat());
    if (!known && !above) {
      rcode = Rcode.NXDOMAIN;
    } else if (query.type() == RecordType.ANY && !zone.options().compat()) {
      out.answerAny(ResponseWriter.QUESTION, zone.options().ttl());
    } else if (known && query.type() == RecordType.PTR) {
      reverseRecords.write(zone, out, reverse);
    } else if (apex && query.type() == RecordType.SOA) {
      out.answerSoa(0, soaTtl(zone), zone.serial(), negativeTtl(zone));
    } else if (apex && query.type() == RecordType.NS) {
      nameServers.write(zone, out, -1);
    }
    if (out.answers() == 0) {
      negative(zone, out, soaZone);
    }
    return Outcome.ANSWERED;
  }

  /** Offset of the reverse zone that holds the name, -1 if none does. */
  private static int reverseZone(ZoneSnapshot zone, WireName name) {
    int best = -1;
    for (int i = 0; i < zone.reverseZones().size(); i++) {
      int labels = name.labelsBefore(zone.reverseZones().get(i));
      if (labels >= 0 && (best < 0 || name.labelAt(labels) < best)) {
        best = name.labelAt(labels);
      }
    }
    return best;
  }
}
