// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.cluster.ChaseResult;
import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.SearchPath;
import dev.fairway.dns.cluster.ZoneAnswerer;
import dev.fairway.dns.forward.Forwarder;
import dev.fairway.dns.forward.Lookup;
import dev.fairway.dns.forward.LookupResult;
import dev.fairway.dns.metrics.Answerer;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.metrics.QueryCounters;
import dev.fairway.dns.rules.Acl;
import dev.fairway.dns.rules.Block;
import dev.fairway.dns.rules.Rewritten;
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

  /** There is nothing to be found along a search path. */
  private static final int NO_PATH = -3;

  /** Octets that responses are padded to a multiple of (RFC 8467 4.1). */
  private static final int PADDING_BLOCK = 468;

  /** Seconds that the answer to a question for all types may be kept. */
  private static final int ANY_TTL = 8482;

  /** Takes a response that came later; called on the event loop, once. */
  public interface Reply {
    /** Sends {@code length} octets of {@code message}, which must be copied. */
    void send(byte[] message, int length);
  }

  /** Nobody has looked at the clock. */
  private static final long UNTIMED = Long.MIN_VALUE;

  private final ClusterZone zone;
  private final Backend backend;
  private final DnsMetrics metrics;
  private final QueryCounters counters;
  private final ServerOptions options;
  private final Cookies cookies;
  private final RateLimit rateLimit;
  private final ZoneTransfers transfers;
  private final SpecialNames specialNames;
  private final ChaosNames chaosNames;
  private final Query query = new Query();
  private final ResponseWriter writer;
  private final long seed;
  private ZoneAnswerer answerer;
  private Backend.State state;
  private @Nullable Forwarder forwarder;
  private @Nullable Block block;
  private @Nullable Rewritten rewritten;
  private long startedAt = UNTIMED;
  private Answerer answeredBy = Answerer.SERVER;
  private final SearchPaths searchPaths = new SearchPaths();
  private final RuleSteps steps;
  private boolean searched;
  private boolean searching;
  private final LookupResult cached = new LookupResult();
  private Client client = new Client(Transport.UDP);
  private @Nullable Lookup pending;
  private int limited;

  /**
   * A handler.
   *
   * @param backend rules, and where names outside the cluster are looked up
   * @param guard shared by the handlers of all event loops
   * @param seed for the rotation of records
   */
  public QueryHandler(
      ClusterZone zone,
      Backend backend,
      DnsMetrics metrics,
      ServerOptions options,
      ClientGuard guard,
      long seed) {
    this.zone = zone;
    this.backend = backend;
    this.state = backend.state();
    this.forwarder = state.forwarder();
    this.seed = seed;
    this.metrics = metrics;
    this.counters = metrics.newLoop();
    this.options = options;
    this.cookies = guard.cookies();
    this.rateLimit = guard.rateLimit();
    this.transfers = new ZoneTransfers(guard);
    this.specialNames = new SpecialNames(options);
    this.chaosNames = new ChaosNames(options);
    this.writer = new ResponseWriter(options.maxUdpPayload(), options.nsid());
    this.steps = new RuleSteps(writer);
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
    startedAt = UNTIMED;
    answeredBy = Answerer.SERVER;
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
        query.forgetQuestion();
        writer.begin(query, Query.MIN_UDP_PAYLOAD);
        yield counted(Rcode.FORMERR, writer.finishHeaderOnly(Rcode.FORMERR));
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
        counters.request(
            from.transport().channel(), from.isV4(), query.type(), query.dnssecOk(), length);
        startedAt = counters.isTimed() ? System.nanoTime() : UNTIMED;
        use(backend.state());
        yield isProofMissing() ? demandProof() : query.isTransfer() ? transfer() : ask();
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

  private int ask() {
    return state.rules().isPlain() ? answer(null) : byRules();
  }

  private void use(Backend.State current) {
    block = null;
    rewritten = null;
    searched = false;
    searching = false;
    if (!current.equals(state)) {
      state = current;
      forwarder = current.forwarder();
      answerer = new ZoneAnswerer(forwarder != null, seed);
    }
  }

  /** Does what the rules of the name's block say. */
  private int byRules() {
    Block found = state.rules().block(query.name());
    if (found == null) {
      begin();
      writer.extendedError(Rcode.EDE_NOT_AUTHORITATIVE);
      return finish(Rcode.REFUSED, false, forwarder != null);
    }
    block = found;
    if (startedAt == UNTIMED && !found.answers().logs().isEmpty()) {
      startedAt = System.nanoTime();
    }
    Acl.Action action = decide(found);
    if (action != Acl.Action.ALLOW) {
      return denied(action);
    }
    Rewritten changed = found.rewrite(query);
    if (changed != null) {
      byte[] message = changed.message();
      if (message == null || query.parse(message, message.length) != Query.Verdict.ANSWER) {
        byte[] original = changed.original();
        query.parse(original, original.length);
        begin();
        return finish(Rcode.SERVFAIL, false, forwarder != null);
      }
      rewritten = changed;
      // Nobody gets by a rewriting rule what he may not ask for himself.
      action = decide(found);
    }
    return action == Acl.Action.ALLOW ? edited(inBlock(found)) : denied(action);
  }

  private Acl.Action decide(Block found) {
    return found.acl().decide(query.name(), query.type(), client.high(), client.low());
  }

  private int denied(Acl.Action action) {
    if (action == Acl.Action.DROP) {
      metrics.drop();
      return DROP;
    }
    begin();
    answeredBy = Answerer.ACL;
    boolean refused = action == Acl.Action.BLOCK;
    writer.extendedError(refused ? Rcode.EDE_BLOCKED : Rcode.EDE_FILTERED);
    return edited(finish(refused ? Rcode.REFUSED : Rcode.NOERROR, false, forwarder != null));
  }

  private int inBlock(Block found) {
    begin();
    if (found.answers().any() && query.type() == RecordType.ANY) {
      writer.answerAny(ResponseWriter.QUESTION, ANY_TTL);
      return finish(Rcode.NOERROR, false, forwarder != null);
    }
    int rcode = steps.answer(found, query, client);
    if (rcode != RuleSteps.NOT_HERE) {
      answeredBy = steps.answeredBy();
      return finish(rcode, true, forwarder != null);
    }
    return found.cluster().asked() ? answer(null) : foreign();
  }

  /** The length of the response once it is as the rules want it. */
  private int edited(int length) {
    if (block == null || length <= 0) {
      return length;
    }
    int edited = steps.edit(block, rewritten, query, length, maxSize());
    if (edited == RuleSteps.IMPOSSIBLE) {
      begin();
      edited = finish(Rcode.SERVFAIL, false, forwarder != null);
    }
    steps.log(block, query, client, edited, startedAt);
    return edited;
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

  private int finish(int rcode, boolean authoritative, boolean recursion) {
    return counted(rcode, writer.finish(rcode, authoritative, recursion));
  }

  private int counted(int rcode, int length) {
    long nanos = startedAt == UNTIMED ? -1 : Math.max(0, System.nanoTime() - startedAt);
    counters.response(client.transport().channel(), answeredBy, rcode, length, nanos);
    return length;
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

  private int transfer() {
    begin();
    int rcode = transfers.answer(zone.snapshot(), query, client, writer);
    return rcode == ZoneTransfers.BEGUN
        ? TRANSFER
        : finish(rcode, rcode == Rcode.NOERROR, forwarder != null);
  }

  /** The transfer that {@link #handle} has begun; whoever takes it must end it. */
  Transfer takeTransfer() {
    return transfers.take();
  }

  /** Writes the next message of a transfer; its length, 0 when all records are sent. */
  int next(Transfer from) {
    if (!from.hasNext()) {
      return 0;
    }
    client = from.client();
    query.parse(from.question(), from.question().length);
    begin();
    from.writeTo(writer);
    return finish(Rcode.NOERROR, true, forwarder != null);
  }

  private int answer(@Nullable ChaseResult chased) {
    begin();
    answeredBy = Answerer.KUBERNETES;
    return switch (answerer.answer(zone.snapshot(), query, writer, chased)) {
      case ANSWERED -> {
        int rcode = answerer.rcode();
        if (rcode == Rcode.REFUSED) {
          writer.extendedError(Rcode.EDE_PROHIBITED);
        }
        if (rcode == Rcode.NXDOMAIN && block != null) {
          if (block.fallsThrough(query.name())) {
            begin();
            yield foreign();
          }
          if (block.cluster().autopath() && !searched) {
            int length = search(block);
            if (length != NO_PATH) {
              yield length;
            }
          }
        }
        yield finish(rcode, rcode != Rcode.REFUSED, forwarder != null);
      }
      case CHASE -> chase();
      case FOREIGN -> foreign();
    };
  }

  /**
   * Answers the first question of a search path with what its last one would get; {@link #NO_PATH}
   * where that is not to be done.
   */
  private int search(Block by) {
    searched = true;
    Lookup lookup = searchPaths.last(zone.snapshot(), query, client, by, state);
    if (lookup == null || forwarder == null) {
      return NO_PATH;
    }
    LookupResult known = forwarder.cached(lookup);
    if (known == null) {
      pending = lookup;
      searching = true;
      return LATER;
    }
    return found(lookup, known);
  }

  /** The answer to the first question of a search path; {@link #NO_PATH} where there is none. */
  private int found(Lookup lookup, LookupResult result) {
    ChaseResult rest = result.toChase(lookup);
    if (rest.failed() || rest.rcode() != Rcode.NOERROR) {
      return NO_PATH;
    }
    begin();
    writer.answerCname(ResponseWriter.QUESTION, SearchPath.ttl(zone.snapshot()), rest.target());
    rest.writeTo(writer);
    metrics.forward().autopath();
    answeredBy = Answerer.AUTOPATH;
    return finish(Rcode.NOERROR, true, true);
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
    answeredBy = Answerer.SERVER;
    int special = specialNames.answer(query, writer);
    if (special != SpecialNames.NOT_SPECIAL) {
      return finish(special, true, forwarder != null);
    }
    if (forwarder == null || !query.recursionDesired()) {
      writer.extendedError(Rcode.EDE_NOT_AUTHORITATIVE);
      return finish(Rcode.REFUSED, false, forwarder != null);
    }
    if (forwarder.cached(query, cached)) {
      answeredBy = Answerer.CACHE;
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
    return finish(rcode, message.isAuthoritative(), true);
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
    Asked asked =
        new Asked(
            query.copyMessage(),
            client.copy(),
            state,
            block,
            rewritten,
            startedAt == UNTIMED ? System.nanoTime() : startedAt,
            searching);
    forwarder.resolve(lookup, result -> loop.execute(() -> reply(asked, lookup, result, reply)));
  }

  /** A question that waits for a lookup. */
  private record Asked(
      byte[] message,
      Client client,
      Backend.State state,
      @Nullable Block block,
      @Nullable Rewritten rewritten,
      long startedAt,
      boolean searching) {}

  private void reply(Asked asked, Lookup lookup, LookupResult result, Reply reply) {
    use(asked.state);
    client = asked.client;
    block = asked.block;
    rewritten = asked.rewritten;
    startedAt = asked.startedAt;
    query.parse(asked.message, asked.message.length);
    int length;
    if (asked.searching) {
      searched = true;
      length = found(lookup, result);
      length = length == NO_PATH ? answer(null) : length;
    } else if (lookup.isChase()) {
      length = answer(result.toChase(lookup));
      pending = null;
    } else {
      begin();
      answeredBy = Answerer.FORWARD;
      length = foreignAnswer(result);
    }
    reply.send(writer.buffer(), Math.max(edited(length), 0));
  }
}
