// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes one of several replicas the leader, by a Lease. A Lease counts as held for its duration
 * since this replica saw it change last: clocks of machines are not compared. One virtual thread.
 */
final class LeaderElection implements AutoCloseable {
  /**
   * How it is played.
   *
   * @param identity of this replica, different from all others
   * @param duration how long a leader that is not heard of stays it for the others
   * @param renewDeadline how long a leader that cannot renew stays it for itself; shorter
   * @param retry how often all look
   */
  record Terms(
      String namespace,
      String name,
      String identity,
      Duration duration,
      Duration renewDeadline,
      Duration retry) {
    /** 15 s, 10 s and 2 s, as other controllers do it. */
    static Terms of(String namespace, String name, String identity) {
      return new Terms(
          namespace,
          name,
          identity,
          Duration.ofSeconds(15),
          Duration.ofSeconds(10),
          Duration.ofSeconds(2));
    }
  }

  private static final Logger LOG = System.getLogger(LeaderElection.class.getName());

  private final KubeClient client;
  private final Terms terms;
  private final InstantSource clock;
  private final Consumer<Boolean> onChange;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean leading;
  private String seen = "";
  private long seenNanos;
  private long renewedNanos;

  private LeaderElection(
      KubeClient client, Terms terms, InstantSource clock, Consumer<Boolean> onChange) {
    this.client = client;
    this.terms = terms;
    this.clock = clock;
    this.onChange = onChange;
    thread = Thread.ofVirtual().name("leader-election").unstarted(this::campaign);
  }

  /**
   * Takes part from now on.
   *
   * @param onChange told when this replica becomes the leader and when it no longer is
   */
  static LeaderElection start(
      KubeClient client, Terms terms, InstantSource clock, Consumer<Boolean> onChange) {
    LeaderElection election = new LeaderElection(client, terms, clock, onChange);
    election.thread.start();
    return election;
  }

  boolean isLeading() {
    return leading;
  }

  private void campaign() {
    try {
      do {
        try {
          round();
        } catch (KubeApiException | IOException failed) {
          LOG.log(Level.DEBUG, "the Lease was not reached: {0}", failed.getMessage());
        }
        long silent = System.nanoTime() - renewedNanos;
        if (leading && silent > terms.renewDeadline.toNanos()) {
          lead(false);
        }
      } while (!stopped.await(terms.retry.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException interrupted) {
      LOG.log(Level.DEBUG, "the election was interrupted");
    }
  }

  private void round() throws KubeApiException, IOException, InterruptedException {
    Lease lease = read();
    long now = System.nanoTime();
    Lease.Spec spec = lease == null ? null : lease.spec();
    String holder = spec == null || spec.holderIdentity() == null ? "" : spec.holderIdentity();
    if (lease != null && !lease.metadata().resourceVersion().equals(seen)) {
      seen = lease.metadata().resourceVersion();
      seenNanos = now;
    }
    boolean held = !holder.isEmpty() && !holder.equals(terms.identity);
    if (held && now - seenNanos < durationNanos(spec)) {
      lead(false);
      return;
    }
    if (write(lease, terms.identity)) {
      renewedNanos = now;
      lead(true);
    } else {
      lead(false);
    }
  }

  /** What the holder promised, which may run with other terms. */
  private long durationNanos(Lease.@Nullable Spec spec) {
    Integer seconds = spec == null ? null : spec.leaseDurationSeconds();
    return seconds == null || seconds <= 0
        ? terms.duration.toNanos()
        : TimeUnit.SECONDS.toNanos(seconds);
  }

  private void lead(boolean leads) {
    if (leading != leads) {
      leading = leads;
      LOG.log(Level.INFO, leads ? "this replica leads" : "this replica no longer leads");
      onChange.accept(leads);
    }
  }

  private @Nullable Lease read() throws KubeApiException, IOException, InterruptedException {
    try {
      return client.get(Resource.LEASES, terms.namespace, terms.name);
    } catch (KubeApiException e) {
      if (e.isNotFound()) {
        return null;
      }
      throw e;
    }
  }

  /** False where another replica was faster. */
  private boolean write(@Nullable Lease before, String holder)
      throws KubeApiException, IOException, InterruptedException {
    ObjectNode body = KubeCodec.json().createObjectNode();
    body.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    ObjectNode metadata =
        body.putObject("metadata").put("name", terms.name).put("namespace", terms.namespace);
    if (before != null) {
      metadata.put("resourceVersion", before.metadata().resourceVersion());
    }
    Lease.Spec old = before == null ? null : before.spec();
    boolean kept = old != null && holder.equals(old.holderIdentity());
    int transitions = old == null || old.leaseTransitions() == null ? 0 : old.leaseTransitions();
    Instant acquired = kept && old != null ? old.acquireTime() : null;
    String now = micros(clock.instant());
    body.putObject("spec")
        .put("holderIdentity", holder)
        .put("leaseDurationSeconds", Math.max(1, terms.duration.toSeconds()))
        .put("acquireTime", acquired == null ? now : micros(acquired))
        .put("renewTime", now)
        .put("leaseTransitions", kept || before == null ? transitions : transitions + 1);
    try {
      Lease stored =
          before == null
              ? client.create(Resource.LEASES, terms.namespace, body)
              : client.update(Resource.LEASES, terms.namespace, terms.name, null, body);
      seen = stored.metadata().resourceVersion();
      seenNanos = System.nanoTime();
      return true;
    } catch (KubeApiException e) {
      if (e.isConflict() || e.isAlreadyExists()) {
        return false;
      }
      throw e;
    }
  }

  /** The API's MicroTime: six digits of a second. */
  private static String micros(Instant time) {
    String seconds = Instant.ofEpochSecond(time.getEpochSecond()).toString();
    return seconds.substring(0, seconds.length() - 1)
        + String.format(Locale.ROOT, ".%06dZ", time.getNano() / 1000);
  }

  /** Takes part no more; gives the Lease back, so that nobody has to wait for it to expire. */
  @Override
  public void close() {
    stopped.countDown();
    try {
      thread.join(Duration.ofSeconds(5));
      if (leading) {
        leading = false;
        Lease lease = read();
        if (lease != null) {
          boolean unused = write(lease, "");
        }
      }
    } catch (KubeApiException | IOException notGivenBack) {
      LOG.log(Level.DEBUG, "the Lease expires by itself: {0}", notGivenBack.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether another replica holds the Lease, after this one gave it back, within a time. */
  boolean isTakenOver(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (true) {
      try {
        Lease lease = read();
        Lease.Spec spec = lease == null ? null : lease.spec();
        String holder = spec == null ? null : spec.holderIdentity();
        if (holder != null && !holder.isEmpty() && !holder.equals(terms.identity)) {
          return true;
        }
      } catch (KubeApiException | IOException unknown) {
        return true; // nobody knows: better an address too many
      }
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }
}
