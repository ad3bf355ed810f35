// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.controller.loadbalancer.AddressPool;
import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.node.cluster.ServiceFeed;
import dev.fairway.service.IpAddress;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One node's part in giving LoadBalancer Services addresses of a pool and in answering for them in
 * the local network. Thread-safe.
 */
public final class LoadBalancing implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LoadBalancing.class.getName());
  private static final Duration RENEWAL = Duration.ofSeconds(1);

  /** How long a Lease counts. */
  private static final Duration EXPIRY = Duration.ofSeconds(4);

  /** A leader that could not renew for this long stops before another can begin. */
  private static final Duration LEADERSHIP = Duration.ofSeconds(3);

  private static final Duration FAREWELL = Duration.ofSeconds(2);

  /** How long the others need to see that this node ends, and to take its addresses. */
  private static final Duration HAND_OVER = Duration.ofMillis(1500);

  private final KubeClient client;
  private final String nodeName;
  private final AddressPool pool;
  private final Leases leases;
  private final @Nullable LocalSegment segment;
  private final @Nullable Announcer announcer;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Membership membership = new Membership(EXPIRY);
  private final Claims claims;
  private boolean isDirty;
  private boolean isClosed;
  private long leadsUntil = System.nanoTime();
  private @Nullable AddressAssignment assignment;
  private @Nullable Thread renewal;
  private @Nullable Thread ownership;

  private LoadBalancing(
      KubeClient client, String nodeName, AddressPool pool, @Nullable LocalSegment segment) {
    this.client = client;
    this.nodeName = nodeName;
    this.pool = pool;
    this.segment = segment;
    leases = new Leases(client, nodeName, EXPIRY, InstantSource.system());
    announcer = segment == null ? null : new Announcer(segment, Device::ofMachine);
    claims = new Claims(address -> pool.contains(address.toString()));
  }

  /**
   * A part that does nothing before it joins a feed. Where the process may not open packet sockets
   * it can give out addresses but has none itself.
   */
  public static LoadBalancing of(KubeClient client, String nodeName, AddressPool pool) {
    LocalSegment segment;
    try {
      segment = new LocalSegment();
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "this node announces no load balancer addresses: {0}",
          e.getMessage());
      segment = null;
    }
    return new LoadBalancing(client, nodeName, pool, segment);
  }

  /** Follows Services and nodes, and starts; to be called once, before the feed starts. */
  public void join(ServiceFeed feed) {
    SnapshotListener services = this::apply;
    feed.addListener(services);
    feed.follow(Resource.NODES, ListOptions.ALL, new Nodes());
    if (segment != null && announcer != null) {
      segment.start(announcer::received);
    }
    renewal = Thread.ofVirtual().name("load-balancer-leases").start(this::renew);
    ownership = Thread.ofVirtual().name("load-balancer-ownership").start(this::own);
  }

  private void apply(SnapshotDelta delta) {
    lock.lock();
    try {
      if (claims.apply(delta)) {
        signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void signal() {
    isDirty = true;
    changed.signalAll();
  }

  /** Says once a second that this node lives, and sees who else does. */
  private void renew() {
    String problem = "";
    try {
      while (awaitNext(false)) {
        try {
          renewOnce();
          problem = "";
        } catch (KubeApiException | IOException | RuntimeException e) {
          String text = String.valueOf(e.getMessage());
          if (!text.equals(problem)) {
            LOG.log(
                System.Logger.Level.WARNING,
                "leases not renewed, addresses stay where they are: {0}",
                text);
          }
          problem = text;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void renewOnce() throws KubeApiException, IOException, InterruptedException {
    List<Lease> all = leases.list();
    long now = System.nanoTime();
    String leader;
    Node self;
    lock.lock();
    try {
      membership.observe(all, now);
      leader = membership.leader();
      self = claims.node(nodeName);
    } finally {
      lock.unlock();
    }
    if (announcer != null) {
      leases.renewOwn(all, self);
    }
    long asked = System.nanoTime();
    boolean leads = (leader.isEmpty() || leader.equals(nodeName)) && leases.lead(all);
    lock.lock();
    try {
      leadsUntil = leads ? asked + LEADERSHIP.toNanos() : asked;
      signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits a second, or less if there is news and that is wanted; false at the end. */
  private boolean awaitNext(boolean news) throws InterruptedException {
    lock.lock();
    try {
      long left = RENEWAL.toNanos();
      while (!isClosed && left > 0 && !(news && isDirty)) {
        left = changed.awaitNanos(left);
      }
      if (news) {
        isDirty = false;
      }
      return !isClosed;
    } finally {
      lock.unlock();
    }
  }

  /** Has the addresses that are this node's, and gives addresses while it leads. */
  private void own() {
    try {
      while (awaitNext(true)) {
        try {
          ownOnce();
        } catch (RuntimeException e) {
          LOG.log(System.Logger.Level.ERROR, "addresses of this node not updated", e);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void ownOnce() {
    long now = System.nanoTime();
    Set<IpAddress> owned;
    boolean agreed;
    boolean leads;
    lock.lock();
    try {
      owned = claims.ownedBy(nodeName, membership.nodes());
      agreed = membership.isConnected(now);
      leads = leadsUntil - now > 0;
    } finally {
      lock.unlock();
    }
    if (announcer != null) {
      announcer.update(owned, agreed, now);
    }
    if (leads && assignment == null) {
      LOG.log(System.Logger.Level.INFO, "this node gives LoadBalancer Services their addresses");
      assignment = new AddressAssignment(client, pool);
    } else if (!leads && assignment != null) {
      LOG.log(System.Logger.Level.INFO, "this node gives no addresses any more");
      assignment.close();
      assignment = null;
    }
  }

  /** Hands the addresses over to other nodes, answering for them meanwhile, and ends. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      join(renewal);
      join(ownership);
      if (assignment != null) {
        assignment.close();
      }
      join(Thread.ofVirtual().name("load-balancer-farewell").start(this::farewell));
      if (announcer != null && announcer.size() > 0) {
        TimeUnit.NANOSECONDS.sleep(HAND_OVER.toNanos());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      if (segment != null) {
        segment.close();
      }
    }
  }

  private static void join(@Nullable Thread thread) throws InterruptedException {
    if (thread != null && !thread.join(FAREWELL)) {
      thread.interrupt();
    }
  }

  private void farewell() {
    try {
      leases.release();
    } catch (KubeApiException | IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "leases expire, for they were not given back", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Which nodes there are. */
  private final class Nodes implements ReflectorListener<Node> {
    @Override
    public void onReplace(List<Node> all, String resourceVersion) {
      change(() -> claims.replaceNodes(all));
    }

    @Override
    public void onUpsert(Node node) {
      change(() -> claims.putNode(node));
    }

    @Override
    public void onDelete(Node last) {
      change(() -> claims.removeNode(last.metadata().name()));
    }

    private void change(Runnable action) {
      lock.lock();
      try {
        action.run();
        signal();
      } finally {
        lock.unlock();
      }
    }
  }
}
