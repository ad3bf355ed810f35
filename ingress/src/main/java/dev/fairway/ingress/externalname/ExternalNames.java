// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.externalname;

import dev.fairway.ingress.upstream.ResolvedNames;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Follows the addresses of names as long as they matter: a virtual thread for each asks again when
 * an answer is over. An answer holds on while nobody answers, for ten minutes at most; that there
 * is no such name holds at once. Thread-safe.
 */
public final class ExternalNames implements ResolvedNames, AutoCloseable {
  /** Waits; a parameter for tests. */
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  private static final Logger LOG = System.getLogger(ExternalNames.class.getName());
  private static final int MAX_NAMES = 1_000;
  private static final int MAX_LOOKUPS = 16;
  private static final int MAX_ADDRESSES = 64;
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);
  private static final Duration STALE = Duration.ofMinutes(10);

  private final NameLookup lookup;
  private final AddressGuard guard;
  private final Pause pause;
  private final Semaphore lookups = new Semaphore(MAX_LOOKUPS);
  private final Map<String, Followed> names = new ConcurrentHashMap<>();
  private volatile Consumer<String> onChange = _ -> {};
  private volatile boolean closed;

  ExternalNames(NameLookup lookup, AddressGuard guard, Pause pause) {
    this.lookup = lookup;
    this.guard = guard;
    this.pause = pause;
  }

  /**
   * Resolves by DNS.
   *
   * @param ownPorts that we listen on
   */
  public static ExternalNames start(ExternalNameOptions options, Supplier<Set<Integer>> ownPorts) {
    AddressGuard guard = new AddressGuard(options.allowed(), ExternalNames::ownAddresses, ownPorts);
    return new ExternalNames(new DnsLookup(options.servers()), guard, Thread::sleep);
  }

  /** Tells the names whose addresses are others now. */
  public void onChange(Consumer<String> listener) {
    onChange = listener;
  }

  @Override
  public List<IpAddress> addresses(String name, int port) {
    List<IpAddress> known = literal(name);
    if (known == null) {
      if (!names.containsKey(name) && (names.size() >= MAX_NAMES || closed)) {
        return List.of();
      }
      known = names.computeIfAbsent(name, this::follow).addresses;
    }
    List<IpAddress> admitted = new ArrayList<>(known);
    admitted.removeIf(address -> !guard.admits(address, port));
    if (admitted.size() < known.size()) {
      LOG.log(Level.WARNING, "addresses are not allowed externalName={0} all={1}", name, known);
    }
    return admitted;
  }

  private static @Nullable List<IpAddress> literal(String name) {
    IpAddress address = IpAddress.tryParse(name);
    return address == null ? null : List.of(address);
  }

  @Override
  public void retain(Set<String> wanted) {
    names
        .values()
        .removeIf(followed -> {
          boolean over = !wanted.contains(followed.name);
          if (over) {
            followed.stop();
          }
          return over;
        });
  }

  @Override
  public void close() {
    closed = true;
    retain(Set.of());
  }

  private Followed follow(String name) {
    Followed followed = new Followed(name);
    followed.thread = Thread.ofVirtual().name("external-name-" + name).start(followed::run);
    return followed;
  }

  private static Set<IpAddress> ownAddresses() {
    Set<IpAddress> own = new HashSet<>();
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .forEach(address -> own.add(IpAddress.ofBytes(address.getAddress())));
    } catch (SocketException unknown) {
      LOG.log(Level.WARNING, "own addresses are not known: {0}", unknown.getMessage());
    }
    return own;
  }

  /** A name; its thread alone changes its addresses. */
  private final class Followed {
    private final String name;
    private volatile List<IpAddress> addresses = List.of();
    private volatile @Nullable Thread thread;
    private volatile boolean over;

    /** How long the last answer is over by now. */
    private Duration stale = Duration.ZERO;

    private Duration retry = FIRST_RETRY;

    Followed(String name) {
      this.name = name;
    }

    void stop() {
      over = true;
      Thread running = thread;
      if (running != null) {
        running.interrupt();
      }
    }

    void run() {
      try {
        while (!over) {
          pause.of(ask());
        }
      } catch (InterruptedException stopped) {
        LOG.log(Level.DEBUG, "external name is not followed any more: {0}", name);
      }
    }

    /** Asks once; returns when to ask again. */
    private Duration ask() throws InterruptedException {
      lookups.acquire();
      NameLookup.Answer answer;
      try {
        answer = lookup.lookup(name);
      } catch (IOException silent) {
        return keep(silent.getMessage());
      } finally {
        lookups.release();
      }
      stale = Duration.ZERO;
      retry = FIRST_RETRY;
      List<IpAddress> found = answer.addresses();
      take(found.size() > MAX_ADDRESSES ? found.subList(0, MAX_ADDRESSES) : found);
      Duration lifetime = answer.lifetime();
      return lifetime.compareTo(SHORTEST) < 0
          ? SHORTEST
          : lifetime.compareTo(LONGEST) > 0 ? LONGEST : lifetime;
    }

    private Duration keep(@Nullable String why) {
      if (stale.isZero()) {
        LOG.log(Level.WARNING, "not resolved externalName={0}: {1}", name, why);
      }
      if (stale.compareTo(STALE) >= 0) {
        take(List.of());
      }
      Duration next = retry;
      stale = stale.plus(next);
      retry = retry.multipliedBy(2).compareTo(LAST_RETRY) > 0 ? LAST_RETRY : retry.multipliedBy(2);
      return next;
    }

    private void take(List<IpAddress> found) {
      boolean changed = !new HashSet<>(addresses).equals(new HashSet<>(found));
      addresses = List.copyOf(found);
      if (changed && !over) {
        onChange.accept(name);
      }
    }
  }
}
