// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.metrics.ForwardMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.WireName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Finds upstreams that ask this server what it asks them. Each is asked, until it answers, for a
 * name that nobody else knows; if a query for it comes in, the upstream is asked nothing until its
 * questions no longer come back. Thread-safe.
 */
final class LoopGuard {
  private static final System.Logger LOG = System.getLogger(LoopGuard.class.getName());
  private static final String THREAD = "dns-loop";
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Duration RECHECK = Duration.ofSeconds(30);

  private static final class Watched {
    final Upstream upstream;
    final UpstreamGroup group;
    final Lookup lookup;
    final WireName name;
    volatile boolean seen;

    Watched(Upstream upstream, UpstreamGroup group, Lookup lookup) {
      this.upstream = upstream;
      this.group = group;
      this.lookup = lookup;
      this.name = lookup.wireName();
    }
  }

  private final OwnQuestions questions;
  private final ForwardMetrics metrics;
  private final List<Watched> watched = new ArrayList<>();

  LoopGuard(OwnQuestions questions, ForwardMetrics metrics) {
    this.questions = questions;
    this.metrics = metrics;
  }

  /** Adds the upstreams of a group; before {@link #start}. */
  void watch(String zone, UpstreamSet group, RandomGenerator random) {
    String suffix = zone.equals(".") ? "." : "." + zone;
    for (Upstream upstream : group.upstreams()) {
      String name =
          Long.toUnsignedString(random.nextLong(), 36)
              + "."
              + Long.toUnsignedString(random.nextLong(), 36)
              + suffix;
      if (WireName.parse(name) != null) {
        watched.add(
            new Watched(upstream, group.options(), Lookup.own(name, RecordType.HINFO, true)));
      }
    }
  }

  void start() {
    watched.forEach(one -> OwnQuestions.start(THREAD, () -> check(one)));
  }

  private void check(Watched one) throws InterruptedException {
    one.seen = false;
    boolean answered = questions.isAnswered(one.upstream, one.group, one.lookup, TIMEOUT);
    if (!one.seen && !one.upstream.isIsolated() && answered) {
      return;
    }
    if (!one.seen && one.upstream.isIsolated()) {
      one.upstream.isolate(false);
      LOG.log(
          System.Logger.Level.INFO,
          () -> "upstream " + one.upstream.label() + " no longer asks this server");
    }
    questions.startLater(RECHECK, THREAD, () -> check(one));
  }

  /** Looks at a query; true if it is one of this server's own that came back. */
  boolean isOwn(Query query) {
    if (query.type() != RecordType.HINFO) {
      return false;
    }
    WireName name = query.name();
    for (Watched one : watched) {
      if (name.length() == one.name.length() && name.labelsBefore(one.name) == 0) {
        one.seen = true;
        if (!one.upstream.isIsolated()) {
          one.upstream.isolate(true);
          metrics.loop();
          LOG.log(
              System.Logger.Level.ERROR,
              () ->
                  "upstream "
                      + one.upstream.label()
                      + " asks this server: a loop. It is not asked any more;"
                      + " take it out of the configuration or of resolv.conf");
        }
        return true;
      }
    }
    return false;
  }
}
