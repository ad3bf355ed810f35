// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.cluster.ZoneSnapshot;
import dev.fairway.dns.cluster.ZoneTransfer;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may copy the zone (AXFR, RFC 5936; IXFR, RFC 1995) and begins transfers. Confined to
 * one event loop.
 */
final class ZoneTransfers {
  /** A transfer has begun: {@link #take} it. No response code. */
  static final int BEGUN = -1;

  private final ClientGuard guard;
  private @Nullable Transfer begun;

  ZoneTransfers(ClientGuard guard) {
    this.guard = guard;
  }

  /**
   * Answers a query for a transfer in one message, or begins one of several.
   *
   * @param out where the answer goes, between its {@code begin} and {@code finish}
   * @return the response code, or {@link #BEGUN}
   */
  int answer(ZoneSnapshot zone, Query query, Client client, ResponseWriter out) {
    boolean stream = client.transport().isStream();
    boolean incremental = query.type() == RecordType.IXFR;
    boolean possible = stream || (incremental && client.transport() == Transport.UDP);
    if (!possible || !guard.mayTransfer(client)) {
      out.extendedError(Rcode.EDE_PROHIBITED);
      return Rcode.REFUSED;
    }
    if (!ZoneTransfer.isZone(zone, query.name())) {
      return Rcode.NOTAUTH;
    }
    if (!zone.isSynced()) {
      out.extendedError(Rcode.EDE_NOT_READY);
      return Rcode.SERVFAIL;
    }
    ZoneTransfer records = ZoneTransfer.of(zone);
    // Serials wrap around (RFC 1982). Differences are not kept: a whole zone does as well.
    boolean current = incremental && records.serial() - query.serial(records.serial() - 1) <= 0;
    if (current || !stream) {
      out.answerRecord(records.soa());
      return Rcode.NOERROR;
    }
    if (!guard.beginTransfer()) {
      return Rcode.SERVFAIL;
    }
    begun =
        new Transfer(query.copyMessage(), client.copy(), records.iterator(), guard::endTransfer);
    return BEGUN;
  }

  /** The transfer that {@link #answer} has begun; whoever takes it must end it. */
  Transfer take() {
    Transfer taken = begun;
    if (taken == null) {
      throw new IllegalStateException("the last message was no transfer");
    }
    begun = null;
    return taken;
  }
}
