// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import dev.fairway.proxy.AddressGuard;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps programs of the machine that listen on every address (sshd, the kubelet) from answering on
 * addresses of Services: one rule of nftables refuses what would go to such a socket. Thread-safe;
 * one virtual thread runs {@code nft}, and changes that come meanwhile go together.
 */
final class VipGuard implements AddressGuard {
  private static final System.Logger LOG = System.getLogger(VipGuard.class.getName());
  private static final int BOUND_SECONDS = 30;
  private static final String TABLE = "inet fairway-guard";
  private static final String FRAME =
      """
      add table %1$s
      delete table %1$s
      table %1$s {
        set vips4 { type ipv4_addr; }
        set vips6 { type ipv6_addr; }
        chain input {
          type filter hook input priority filter; policy accept;
          meta l4proto tcp ip daddr @vips4 socket wildcard 1 reject with tcp reset
          meta l4proto tcp ip6 daddr @vips6 socket wildcard 1 reject with tcp reset
          meta l4proto udp ip daddr @vips4 socket wildcard 1 reject
          meta l4proto udp ip6 daddr @vips6 socket wildcard 1 reject
        }
      }
      """
          .formatted(TABLE);

  /** Runs a script of nft; null if it went well, else why not. */
  @FunctionalInterface
  interface Nft {
    @Nullable String run(String script) throws InterruptedException;
  }

  private final Nft nft;
  private final Thread worker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<IpAddress> wanted = new HashSet<>();
  private boolean dirty;
  private boolean closed;

  VipGuard(Nft nft) {
    this.nft = nft;
    worker = Thread.ofVirtual().name("vip-guard").start(this::work);
  }

  static VipGuard ofMachine() {
    return new VipGuard(VipGuard::execute);
  }

  @Override
  public void add(Collection<IpAddress> addresses) {
    lock.lock();
    try {
      wanted.addAll(addresses);
      dirty = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void remove(Collection<IpAddress> addresses) {
    lock.lock();
    try {
      wanted.removeAll(addresses);
      dirty = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void work() {
    Set<IpAddress> guarded = null;
    try {
      while (true) {
        Set<IpAddress> next = await();
        if (next == null) {
          return;
        }
        String script = guarded == null ? FRAME + add(next) : difference(guarded, next);
        String failure = script.isEmpty() ? null : nft.run(script);
        if (failure == null) {
          guarded = next;
        } else if (guarded == null) {
          LOG.log(
              System.Logger.Level.WARNING,
              "programs that listen on every address answer on addresses of Services too: {0}",
              failure);
          return;
        } else {
          // Somebody changed our table; the next script makes it anew.
          guarded = null;
          retry();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void retry() {
    lock.lock();
    try {
      dirty = true;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Set<IpAddress> await() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!dirty && !closed) {
        changed.await();
      }
      dirty = false;
      return closed ? null : Set.copyOf(wanted);
    } finally {
      lock.unlock();
    }
  }

  private static String difference(Set<IpAddress> before, Set<IpAddress> after) {
    Set<IpAddress> gone = new HashSet<>(before);
    gone.removeAll(after);
    Set<IpAddress> added = new HashSet<>(after);
    added.removeAll(before);
    return elements("delete", gone) + add(added);
  }

  private static String add(Set<IpAddress> addresses) {
    return elements("add", addresses);
  }

  private static String elements(String verb, Set<IpAddress> addresses) {
    StringBuilder v4 = new StringBuilder();
    StringBuilder v6 = new StringBuilder();
    for (IpAddress address : addresses) {
      StringBuilder list = address.isV4() ? v4 : v6;
      list.append(list.isEmpty() ? "" : ", ").append(address);
    }
    return element(verb, "vips4", v4) + element(verb, "vips6", v6);
  }

  private static String element(String verb, String set, StringBuilder list) {
    return list.isEmpty() ? "" : verb + " element " + TABLE + " " + set + " { " + list + " }\n";
  }

  /** Removes the rule. */
  static void remove() throws InterruptedException {
    execute("add table " + TABLE + "\ndelete table " + TABLE + "\n");
  }

  private static @Nullable String execute(String script) throws InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(List.of("nft", "-f", "-")).redirectErrorStream(true).start();
    } catch (IOException e) {
      return "nft cannot be run: " + e.getMessage();
    }
    try (OutputStream in = process.getOutputStream()) {
      in.write(script.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // It ended early and says why.
    }
    try {
      String output =
          new String(process.getInputStream().readNBytes(2000), StandardCharsets.UTF_8).strip();
      process.getInputStream().skip(Long.MAX_VALUE);
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "nft does not end";
      }
      return process.exitValue() == 0 ? null : output.lines().findFirst().orElse("nft failed");
    } catch (IOException e) {
      process.destroyForcibly();
      return String.valueOf(e.getMessage());
    }
  }

  /** Lets the rule stay, as the routes do. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    worker.interrupt();
  }
}
