// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.cluster.ChaseResult;
import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneAnswerer;
import dev.fairway.dns.cluster.ZoneSnapshot;
import dev.fairway.dns.cluster.ZoneTransfer;
import dev.fairway.dns.forward.Forwarder;
import dev.fairway.dns.forward.Lookup;
import dev.fairway.dns.forward.LookupResult;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.UpstreamMessage;
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

  /** The zone is to be transferred: call {@link #takeTransfer}. Only on streams. */
  static final int TRANSFER = -2;

  /** Octets that responses are padded to a multiple of (RFC 8467 4.1). */
  private static final int PADDING_BLOCK = 468;

  /** Takes a response that came later; called on the event loop, once. */
  public interface Reply {
    /** Sends {@code length} octets of {@code message}, which must be copied. */
    void send(byte[] message, int length);
  }

  private final ClusterZone zone;
  private final @Nullable Forwarder forwarder;
  private final DnsMetrics metrics;
  private final ServerOptions options;
  private final Cookies cookies;
  private final RateLimit rateLimit;
  private final ClientGuard guard;
  private final SpecialNames specialNames;
  private final ChaosNames chaosNames;
  private final Query query = new Query();
  private final ResponseWriter writer;
  private final ZoneAnswerer answerer;
  private final LookupResult cached = new LookupResult();
  private Client client = new Client(Transport.UDP);
  private @Nullable Lookup pending;
  private @Nullable Transfer transfer;
  private int limited;

  /**
   * A handler.
   *
   * @param forwarder for names outside the cluster; null to refuse them
   * @param guard shared by the handlers of all event loops
   * @param seed for the rotation of records
   */
  public QueryHandler(
      ClusterZone zone,
      @Nullable Forwarder forwarder,
      DnsMetrics metrics,
      ServerOptions options,
      ClientGuard guard,
      long seed) {
    this.zone = zone;
    this.forwarder = forwarder;
    this.metrics = metrics;
    this.options = options;
    this.cookies = guard.cookies();
    this.rateLimit = guard.rateLimit();
    this.guard = guard;
    this.specialNames = new SpecialNames(options);
    this.chaosNames = new ChaosNames(options);
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
   * @param from who sent it; may be refilled after the call
   * @return the length of the response in {@link #response()}, {@link #DROP} or {@link #LATER}
   */
  public int handle(byte[] message, int length, Client from) {
    client = from;
    Query.Verdict verdict = query.parse(message, length);
    if (query.wantsKeepalive() && from.transport() == Transport.QUIC) {
      // RFC 9250 5.5.2 makes it a protocol error.
      verdict = Query.Verdict.DROP;
    }
    if (verdict != Query.Verdict.DROP
        && from.transport() == Transport.UDP
        && !rateLimit.permits(from)) {
      return overLimit(verdict);
    }
    return switch (verdict) {
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
      case NOTIMP -> error(Rcode.NOTIMP);
      case BADVERS -> error(Rcode.BADVERS);
      case REFUSED -> error(Rcode.REFUSED);
      case CHAOS -> {
        begin();
        yield finish(chaosNames.answer(query, writer), false, false);
      }
      case COOKIE_ONLY -> cookieOnly();
      case ANSWER -> {
        metrics.request(isTcp(), query.type(), query.dnssecOk());
        yield isProofMissing() ? demandProof() : isTransfer() ? transfer() : answer(null);
      }
    };
  }

  /** Sends some of those who ask too much to TCP, which proves their address. */
  private int overLimit(Query.Verdict verdict) {
    metrics.rateLimit();
    int slip = options.rateLimit().slip();
    if (verdict != Query.Verdict.ANSWER || slip == 0 || ++limited % slip != 0) {
      return DROP;
    }
    begin();
    writer.markTruncated();
    return finish(Rcode.NOERROR, false, forwarder != null);
  }

  private int error(int rcode) {
    writer.begin(query, maxSize());
    return finish(rcode, false, false);
  }

  private void begin() {
    writer.begin(query, maxSize());
    if (!query.hasEdns()) {
      return;
    }
    cookies.attach(query, client, writer);
    if (client.transport().isStream()) {
      writer.keepalive((int) (options.tcp().idleTimeout().toMillis() / 100));
    }
    if (client.transport().isEncrypted()) {
      writer.pad(PADDING_BLOCK);
    }
  }

  private int maxSize() {
    return client.transport() == Transport.UDP
        ? Math.min(query.udpPayload(), options.maxUdpPayload())
        : ResponseWriter.MAX_MESSAGE;
  }

  private boolean isTcp() {
    return client.transport().isTcp();
  }

  private int finish(int rcode, boolean authoritative, boolean recursion) {
    metrics.response(rcode);
    return writer.finish(rcode, authoritative, recursion);
  }

  /** RFC 7873 5.4: a client that has only come for a cookie. */
  private int cookieOnly() {
    begin();
    boolean given = cookies.check(query, client) == Cookies.Proof.GIVEN;
    boolean asks = query.cookieSize() == Query.MIN_COOKIE;
    return finish(given || asks ? Rcode.NOERROR : Rcode.BADCOOKIE, false, false);
  }

  private boolean isProofMissing() {
    return cookies.isRequired()
        && client.transport() == Transport.UDP
        && cookies.check(query, client) != Cookies.Proof.GIVEN;
  }

  /** Gives a client that knows cookies one to come back with, and sends others to TCP. */
  private int demandProof() {
    begin();
    if (query.hasCookie()) {
      return finish(Rcode.BADCOOKIE, false, false);
    }
    writer.markTruncated();
    return finish(Rcode.NOERROR, false, forwarder != null);
  }

  private boolean isTransfer() {
    return query.type() == RecordType.AXFR || query.type() == RecordType.IXFR;
  }

  private int transfer() {
    begin();
    boolean stream = client.transport().isStream();
    boolean incremental = query.type() == RecordType.IXFR;
    boolean possible = stream || (incremental && client.transport() == Transport.UDP);
    if (!possible || !guard.mayTransfer(client)) {
      writer.extendedError(Rcode.EDE_PROHIBITED);
      return finish(Rcode.REFUSED, false, forwarder != null);
    }
    ZoneSnapshot snapshot = zone.snapshot();
    if (!ZoneTransfer.isZone(snapshot, query.name())) {
      return finish(Rcode.NOTAUTH, false, forwarder != null);
    }
    if (!snapshot.isSynced()) {
      writer.extendedError(Rcode.EDE_NOT_READY);
      return finish(Rcode.SERVFAIL, false, forwarder != null);
    }
    ZoneTransfer records = ZoneTransfer.of(snapshot);
    // Serials wrap around (RFC 1982). Differences are not kept: a whole zone does as well.
    boolean current = incremental && records.serial() - query.serial(records.serial() - 1) <= 0;
    if (current || !stream) {
      writer.answerRecord(records.soa());
      return finish(Rcode.NOERROR, true, forwarder != null);
    }
    if (!guard.beginTransfer()) {
      return finish(Rcode.SERVFAIL, false, forwarder != null);
    }
    transfer =
        new Transfer(query.copyMessage(), client.copy(), records.iterator(), guard::endTransfer);
    return TRANSFER;
  }

  /** The transfer that {@link #handle} has begun; whoever takes it must end it. */
  Transfer takeTransfer() {
    Transfer begun = transfer;
    if (begun == null) {
      throw new IllegalStateException("the last message was no transfer");
    }
    transfer = null;
    return begun;
  }

  /** Writes the next message of a transfer; its length, 0 when all records are sent. */
  int next(Transfer from) {
    byte[] record = from.next();
    if (record == null) {
      return 0;
    }
    client = from.client();
    query.parse(from.question(), from.question().length);
    begin();
    while (record != null && writer.hasRoom(record.length)) {
      writer.answerRecord(record);
      from.taken();
      record = from.next();
    }
    return finish(Rcode.NOERROR, true, forwarder != null);
  }

  private int answer(@Nullable ChaseResult chased) {
    begin();
    return switch (answerer.answer(zone.snapshot(), query, writer, chased)) {
      case ANSWERED -> {
        int rcode = answerer.rcode();
        if (rcode == Rcode.REFUSED) {
          writer.extendedError(Rcode.EDE_PROHIBITED);
        }
        yield finish(rcode, rcode != Rcode.REFUSED, forwarder != null);
      }
      case CHASE -> chase();
      case FOREIGN -> foreign();
    };
  }

  private int chase() {
    Lookup lookup = Lookup.chase(answerer.chaseTarget(), query.type());
    LookupResult known = forwarder == null ? LookupResult.failed() : forwarder.cached(lookup);
    if (known != null) {
      return answer(known.toChase(lookup));
    }
    pending = lookup;
    return LATER;
  }

  private int foreign() {
    int special = specialNames.answer(query, writer);
    if (special != SpecialNames.NOT_SPECIAL) {
      return finish(special, true, forwarder != null);
    }
    if (forwarder == null || !query.recursionDesired()) {
      writer.extendedError(Rcode.EDE_NOT_AUTHORITATIVE);
      return finish(Rcode.REFUSED, false, forwarder != null);
    }
    if (forwarder.cached(query, cached)) {
      return foreignAnswer(cached);
    }
    if (forwarder.refuses(query.name())) {
      writer.extendedError(Rcode.EDE_NOT_AUTHORITATIVE);
      return finish(Rcode.REFUSED, false, true);
    }
    if (forwarder.isOwnProbe(query)) {
      writer.extendedError(Rcode.EDE_OTHER);
      return finish(Rcode.SERVFAIL, false, true);
    }
    pending = Lookup.of(query);
    return LATER;
  }

  private int foreignAnswer(LookupResult result) {
    UpstreamMessage message = result.message();
    writer.extendedError(result.extendedError());
    if (message == null) {
      return finish(Rcode.SERVFAIL, false, true);
    }
    writer.foreign(message, result.age(), result.minTtl(), result.maxTtl());
    writer.authenticData(message.isAuthenticData());
    int rcode = message.rcode();
    // An extended code that the client could not read would look like NOERROR.
    rcode = rcode > 15 && !query.hasEdns() ? Rcode.SERVFAIL : rcode;
    return finish(rcode, false, true);
  }

  /** Forgets what {@link #handle} could not answer at once. */
  void abandon() {
    pending = null;
  }

  /**
   * Looks up what {@link #handle} could not answer at once; to be called right after it.
   *
   * @param loop the event loop's executor, on which the reply is made and sent
   */
  public void resolve(Executor loop, Reply reply) {
    Lookup lookup = pending;
    if (lookup == null || forwarder == null) {
      throw new IllegalStateException("the last message was answered at once");
    }
    pending = null;
    byte[] message = query.copyMessage();
    Client from = client.copy();
    forwarder.resolve(
        lookup, result -> loop.execute(() -> reply(message, from, lookup, result, reply)));
  }

  private void reply(byte[] message, Client from, Lookup lookup, LookupResult result, Reply reply) {
    client = from;
    query.parse(message, message.length);
    int length;
    if (lookup.isChase()) {
      length = answer(result.toChase(lookup));
      pending = null;
    } else {
      begin();
      length = foreignAnswer(result);
    }
    reply.send(writer.buffer(), Math.max(length, 0));
  }
}
