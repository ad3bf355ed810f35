// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.cluster.ChaseResult;
import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneAnswerer;
import dev.fairway.dns.forward.Forwarder;
import dev.fairway.dns.forward.Lookup;
import dev.fairway.dns.forward.LookupResult;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Turns a received message into a response: the zone first, everything else to the forwarder. One
 * for each event loop and confined to it.
 */
public final class QueryHandler {
  /** There is nothing to send. */
  public static final int DROP = 0;

  /** The response comes later: call {@link #resolve}. */
  public static final int LATER = -1;

  /** Takes a response that came later; called on the event loop, once. */
  public interface Reply {
    /** Sends {@code length} octets of {@code message}, which must be copied. */
    void send(byte[] message, int length);
  }

  private final ClusterZone zone;
  private final @Nullable Forwarder forwarder;
  private final DnsMetrics metrics;
  private final int maxUdpPayload;
  private final Query query = new Query();
  private final ResponseWriter writer;
  private final ZoneAnswerer answerer;
  private @Nullable Lookup pending;

  /**
   * A handler.
   *
   * @param forwarder for names outside the cluster; null to refuse them
   * @param seed for the rotation of records
   */
  public QueryHandler(
      ClusterZone zone,
      @Nullable Forwarder forwarder,
      DnsMetrics metrics,
      ServerOptions options,
      long seed) {
    this.zone = zone;
    this.forwarder = forwarder;
    this.metrics = metrics;
    this.maxUdpPayload = options.maxUdpPayload();
    this.writer = new ResponseWriter(options.maxUdpPayload(), options.nsid());
    this.answerer = new ZoneAnswerer(forwarder != null, seed);
  }

  /** Holds the response of {@link #handle} until the next call. */
  public byte[] response() {
    return writer.buffer();
  }

  /**
   * Answers a message.
   *
   * @return the length of the response in {@link #response()}, {@link #DROP} or {@link #LATER}
   */
  public int handle(byte[] message, int length, boolean tcp) {
    return switch (query.parse(message, length)) {
      case DROP -> {
        metrics.drop();
        yield DROP;
      }
      case FORMERR -> {
        metrics.response(Rcode.FORMERR);
        query.forgetQuestion();
        writer.begin(query, Query.MIN_UDP_PAYLOAD);
        yield writer.finishHeaderOnly(Rcode.FORMERR);
      }
      case NOTIMP -> error(Rcode.NOTIMP, tcp);
      case BADVERS -> error(Rcode.BADVERS, tcp);
      case REFUSED -> error(Rcode.REFUSED, tcp);
      case ANSWER -> {
        metrics.request(tcp, query.type(), query.dnssecOk());
        yield answer(tcp, null);
      }
    };
  }

  private int error(int rcode, boolean tcp) {
    metrics.response(rcode);
    begin(tcp);
    return writer.finish(rcode, false, false);
  }

  private void begin(boolean tcp) {
    writer.begin(
        query, tcp ? ResponseWriter.MAX_MESSAGE : Math.min(query.udpPayload(), maxUdpPayload));
  }

  private int answer(boolean tcp, @Nullable ChaseResult chased) {
    begin(tcp);
    return switch (answerer.answer(zone.snapshot(), query, writer, chased)) {
      case ANSWERED -> {
        int rcode = answerer.rcode();
        metrics.response(rcode);
        yield writer.finish(rcode, rcode != Rcode.REFUSED, forwarder != null);
      }
      case CHASE -> chase(tcp);
      case FOREIGN -> foreign();
    };
  }

  private int chase(boolean tcp) {
    Lookup lookup = Lookup.chase(answerer.chaseTarget(), query.type());
    LookupResult cached = forwarder == null ? LookupResult.failed() : forwarder.cached(lookup);
    if (cached != null) {
      return answer(tcp, cached.toChase(lookup));
    }
    pending = lookup;
    return LATER;
  }

  private int foreign() {
    int special = SpecialNames.answer(query, writer);
    if (special != SpecialNames.NOT_SPECIAL) {
      metrics.response(special);
      return writer.finish(special, true, forwarder != null);
    }
    boolean transfer = query.type() == RecordType.AXFR || query.type() == RecordType.IXFR;
    if (forwarder == null || transfer || !query.recursionDesired()) {
      metrics.response(Rcode.REFUSED);
      return writer.finish(Rcode.REFUSED, false, forwarder != null);
    }
    Lookup lookup = Lookup.of(query);
    LookupResult cached = forwarder.cached(lookup);
    if (cached != null) {
      return foreignAnswer(cached);
    }
    pending = lookup;
    return LATER;
  }

  private int foreignAnswer(LookupResult result) {
    if (result.message() == null) {
      writer.extendedError(Rcode.EDE_NO_REACHABLE_AUTHORITY);
      metrics.response(Rcode.SERVFAIL);
      return writer.finish(Rcode.SERVFAIL, false, true);
    }
    writer.foreign(result.message(), result.age());
    writer.authenticData(result.message().isAuthenticData());
    int rcode = result.message().rcode();
    // An extended code that the client could not read would look like NOERROR.
    rcode = rcode > 15 && !query.hasEdns() ? Rcode.SERVFAIL : rcode;
    metrics.response(rcode);
    return writer.finish(rcode, false, true);
  }

  /**
   * Looks up what {@link #handle} could not answer at once; to be called right after it.
   *
   * @param loop the event loop's executor, on which the reply is made and sent
   */
  public void resolve(boolean tcp, Executor loop, Reply reply) {
    Lookup lookup = pending;
    if (lookup == null || forwarder == null) {
      throw new IllegalStateException("the last message was answered at once");
    }
    pending = null;
    byte[] message = query.copyMessage();
    forwarder.resolve(
        lookup, result -> loop.execute(() -> finish(message, lookup, result, tcp, reply)));
  }

  private void finish(
      byte[] message, Lookup lookup, LookupResult result, boolean tcp, Reply reply) {
    query.parse(message, message.length);
    int length;
    if (lookup.isChase()) {
      length = answer(tcp, result.toChase(lookup));
      pending = null;
    } else {
      begin(tcp);
      length = foreignAnswer(result);
    }
    reply.send(writer.buffer(), Math.max(length, 0));
  }
}
