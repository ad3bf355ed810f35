// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.node.loadbalancer.Device.Place;
import dev.fairway.node.loadbalancer.Frames.Claim;
import dev.fairway.node.loadbalancer.Frames.Message;
import dev.fairway.node.loadbalancer.Frames.Question;
import dev.fairway.node.loadbalancer.Segment.Group;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the local networks which addresses are at this machine: answers ARP and neighbour
 * solicitations for them, and announces each unasked, three times a second apart and then every
 * minute. The kernel answers for none of them (their routes are on the loopback interface), so that
 * a process that died answers no more. One thread updates; any may receive.
 */
final class Announcer {
  private static final System.Logger LOG = System.getLogger(Announcer.class.getName());
  private static final int REPEATS = 3;
  private static final long SOON = Duration.ofSeconds(1).toNanos();
  private static final long LATER = Duration.ofMinutes(1).toNanos();

  /** How many addresses are announced at a time, for the sake of small buffers of switches. */
  private static final int BURST = 1000;

  private final Segment segment;
  private final Supplier<List<Place>> places;
  private final Map<IpAddress, Announcement> announcements = new HashMap<>();
  private final Set<IpAddress> contested = ConcurrentHashMap.newKeySet();
  private final Set<IpAddress> yielded = ConcurrentHashMap.newKeySet();
  private volatile Map<IpAddress, Device> answered = Map.of();
  private volatile boolean mayYield;

  /** When an address is announced next. */
  private static final class Announcement {
    final Device device;
    int sent;
    long due;

    Announcement(Device device, long due) {
      this.device = device;
      this.due = due;
    }
  }

  /**
   * Announces nothing yet.
   *
   * @param places the networks that the machine is in, asked at each update
   */
  Announcer(Segment segment, Supplier<List<Place>> places) {
    this.segment = segment;
    this.places = places;
  }

  /**
   * Answers for these addresses and for no others, and sends what is due.
   *
   * @param agreed whether the other nodes are known to agree; while they may not, an address that
   *     another claims is left to it
   * @param now monotonic nanoseconds
   */
  void update(Set<IpAddress> owned, boolean agreed, long now) {
    mayYield = !agreed;
    if (agreed) {
      yielded.clear();
    }
    Map<IpAddress, Device> next = new HashMap<>();
    List<Place> here = owned.isEmpty() ? List.of() : places.get();
    for (IpAddress address : owned) {
      Device device = yielded.contains(address) ? null : deviceOf(address, here);
      if (device != null) {
        next.put(address, device);
      }
    }
    if (!next.equals(answered)) {
      replace(next, now);
    }
    announce(now);
  }

  private void replace(Map<IpAddress, Device> next, long now) {
    Set<Group> groups = new HashSet<>();
    next.forEach((address, device) -> {
      if (!address.isV4()) {
        groups.add(new Group(device, Frames.solicitedNode(address)));
      }
    });
    segment.listenTo(groups);
    answered = Map.copyOf(next);
    announcements.keySet().retainAll(next.keySet());
    contested.retainAll(next.keySet());
    next.forEach((address, device) -> {
      Announcement known = announcements.get(address);
      if (known == null || !known.device.equals(device)) {
        announcements.put(address, new Announcement(device, now));
        LOG.log(
            System.Logger.Level.INFO,
            "this node has the address now address={0} interface={1}",
            address,
            device.name());
      }
    });
  }

  private void announce(long now) {
    int count = 0;
    for (Iterator<Map.Entry<IpAddress, Announcement>> all = announcements.entrySet().iterator();
        all.hasNext() && count < BURST; ) {
      Map.Entry<IpAddress, Announcement> entry = all.next();
      Announcement announcement = entry.getValue();
      if (now - announcement.due >= 0) {
        count++;
        announcement.due = now + (++announcement.sent < REPEATS ? SOON : LATER);
        send(entry.getKey(), announcement.device);
      }
    }
  }

  private void send(IpAddress address, Device device) {
    try {
      if (address.isV4()) {
        segment.send(device, Frames.gratuitousRequest(address, device.mac()));
        segment.send(device, Frames.gratuitousReply(address, device.mac()));
      } else {
        segment.send(device, Frames.unsolicited(address, device.mac()));
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "announcement not sent address={0} interface={1}: {2}",
          address,
          device.name(),
          e.getMessage());
    }
  }

  /** The interface whose network is the smallest that holds the address; null for none. */
  private static @Nullable Device deviceOf(IpAddress address, List<Place> here) {
    Place best = null;
    for (Place place : here) {
      if (place.subnet().contains(address)
          && (best == null || place.subnet().length() > best.subnet().length())) {
        best = place;
      }
    }
    return best == null ? null : best.device();
  }

  /**
   * Takes a frame from the network.
   *
   * @param index of the interface that it came in
   * @return the frame that answers it there, null for none
   */
  byte @Nullable [] received(ByteBuffer frame, int index) {
    Message message = Frames.read(frame);
    if (message == null) {
      return null;
    }
    return switch (message) {
      case Question question -> {
        Device device = answered.get(question.target());
        yield device == null || device.index() != index || question.mac() == device.mac()
            ? null
            : Frames.answer(question, device.mac());
      }
      case Claim claim -> {
        claimed(claim, index);
        yield null;
      }
    };
  }

  private void claimed(Claim claim, int index) {
    IpAddress address = claim.address();
    Device device = answered.get(address);
    if (device == null || device.index() != index || device.mac() == claim.mac()) {
      return;
    }
    if (mayYield) {
      yielded.add(address);
    } else if (contested.add(address)) {
      // Ordinary for a moment after an address moved.
      LOG.log(
          System.Logger.Level.INFO,
          "another machine says it has the address, too address={0} mac={1}",
          address,
          Long.toHexString(claim.mac()));
    }
  }

  /** How many addresses are answered for. */
  int size() {
    return answered.size();
  }
}
