// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.dns.wire.Rcode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Upstreams that are equal to each other: one is chosen, others step in when it fails.
 *
 * @param upstreams one to {@link #MAX_UPSTREAMS}
 * @param policy which one is asked first
 * @param connections how they are reached
 * @param health when one counts as down
 * @param failover which answers are not taken as the last word
 * @param maxConcurrent lookups at one time, and questions under way to one upstream
 * @param attemptTimeout for how long one server is waited for
 */
public record UpstreamGroup(
    List<UpstreamAddress> upstreams,
    Policy policy,
    Connections connections,
    Health health,
    Failover failover,
    int maxConcurrent,
    Duration attemptTimeout) {
  /** The most upstreams of one group. */
  public static final int MAX_UPSTREAMS = 15;

  /** Which upstream is asked first. */
  public enum Policy {
    /** Any. */
    RANDOM,
    /** One after the other. */
    ROUND_ROBIN,
    /** The first that is not down. */
    SEQUENTIAL
  }

  /**
   * How upstreams are reached.
   *
   * @param forceTcp never ask by UDP
   * @param expire a connection without questions is closed after this time
   * @param maxConnections to one upstream
   * @param source address to ask from, null for any
   * @param tls for upstreams that speak TLS
   */
  public record Connections(
      boolean forceTcp,
      Duration expire,
      int maxConnections,
      @Nullable InetAddress source,
      TlsFiles tls) {
    /** UDP first, 10 s, 4 connections, any source address. */
    public static final Connections DEFAULT =
        new Connections(false, Duration.ofSeconds(10), 4, null, TlsFiles.NONE);
  }

  /**
   * When an upstream is down. Real questions tell; once one fails, probes go out until one is
   * answered.
   *
   * @param maxFails failures in a row after which it is down; 0 for never
   * @param interval between probes
   * @param recursion the RD bit of probes
   * @param probeName asked for NS in probes, in text form
   */
  public record Health(int maxFails, Duration interval, boolean recursion, String probeName) {
    /** Two failures, a probe every half second. */
    public static final Health DEFAULT = new Health(2, Duration.ofMillis(500), true, ".");
  }

  /**
   * Which answers are not the last word.
   *
   * @param rcodes of answers after which another upstream of the group is asked
   * @param next of answers after which the next group is asked
   * @param nextOnNodata whether an empty answer counts among those
   * @param failFast without any upstream that is up, fail at once instead of trying one
   * @param maxAttempts questions sent for one lookup
   */
  public record Failover(
      Set<Integer> rcodes,
      Set<Integer> next,
      boolean nextOnNodata,
      boolean failFast,
      int maxAttempts) {
    public Failover {
      rcodes = Set.copyOf(rcodes);
      next = Set.copyOf(next);
      if (rcodes.contains(Rcode.NOERROR)) {
        throw new IllegalArgumentException("NOERROR cannot be a failure");
      }
    }

    /** Whether an answer sends the question to the next group. */
    boolean isForNext(int rcode, boolean nodata) {
      return next.contains(rcode) || (nextOnNodata && rcode == Rcode.NOERROR && nodata);
    }
  }

  public UpstreamGroup {
    upstreams = List.copyOf(upstreams);
    if (upstreams.isEmpty() || upstreams.size() > MAX_UPSTREAMS) {
      throw new IllegalArgumentException("1 to 15 upstreams are possible, not " + upstreams.size());
    }
    if (maxConcurrent < 1) {
      throw new IllegalArgumentException("maxConcurrent must be 1 or more, not " + maxConcurrent);
    }
  }

  /**
   * A group with the defaults: any upstream first, 1.5 s for each, 1000 lookups, and another one is
   * asked after FORMERR, SERVFAIL, NOTIMP or REFUSED.
   */
  public static UpstreamGroup of(List<UpstreamAddress> upstreams) {
    Failover failover =
        new Failover(
            Set.of(Rcode.FORMERR, Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED),
            Set.of(),
            false,
            false,
            2 * upstreams.size());
    return new UpstreamGroup(
        upstreams,
        Policy.RANDOM,
        Connections.DEFAULT,
        Health.DEFAULT,
        failover,
        1000,
        Duration.ofMillis(1500));
  }

  /** A group of plain servers, with the defaults. */
  public static UpstreamGroup ofAddresses(List<InetSocketAddress> upstreams) {
    return of(upstreams.stream().map(UpstreamAddress::of).toList());
  }

  /** With another policy. */
  public UpstreamGroup withPolicy(Policy other) {
    return with(fields -> fields.policy = other);
  }

  /** With other connections. */
  public UpstreamGroup withConnections(Connections other) {
    return with(fields -> fields.connections = other);
  }

  /** With other health checks. */
  public UpstreamGroup withHealth(Health other) {
    return with(fields -> fields.health = other);
  }

  /** With another failover. */
  public UpstreamGroup withFailover(Failover other) {
    return with(fields -> fields.failover = other);
  }

  /** With another number of lookups at one time. */
  public UpstreamGroup withMaxConcurrent(int lookups) {
    return with(fields -> fields.maxConcurrent = lookups);
  }

  /** With another time to wait for one upstream. */
  public UpstreamGroup withAttemptTimeout(Duration timeout) {
    return with(fields -> fields.attemptTimeout = timeout);
  }

  private UpstreamGroup with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return fields.group();
  }

  /** The same, to be changed. */
  private static final class Fields {
    List<UpstreamAddress> upstreams;
    Policy policy;
    Connections connections;
    Health health;
    Failover failover;
    int maxConcurrent;
    Duration attemptTimeout;

    Fields(UpstreamGroup group) {
      upstreams = group.upstreams;
      policy = group.policy;
      connections = group.connections;
      health = group.health;
      failover = group.failover;
      maxConcurrent = group.maxConcurrent;
      attemptTimeout = group.attemptTimeout;
    }

    UpstreamGroup group() {
      return new UpstreamGroup(
          upstreams, policy, connections, health, failover, maxConcurrent, attemptTimeout);
    }
  }
}
