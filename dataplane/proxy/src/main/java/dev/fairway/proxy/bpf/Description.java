// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says in words what the maps have, following the same steps as the programs. */
final class Description {
  private static final int MAX_BACKENDS = 20;

  private final Function<String, BpfMap> maps;
  private final Function<FrontendKey, @Nullable ServiceName> owners;

  /**
   * A description of maps.
   *
   * @param maps by name
   * @param owners the service that has a frontend, null where it is not known
   */
  Description(Function<String, BpfMap> maps, Function<FrontendKey, @Nullable ServiceName> owners) {
    this.maps = maps;
    this.owners = owners;
  }

  /** The rows that decide about connections to that address; empty if they are not ours. */
  List<String> of(IpAddress address, int port, Protocol protocol) {
    List<String> lines = new ArrayList<>();
    FrontendKey key = FrontendKey.of(address, port, protocol);
    FrontendValue value = read(key);
    if (value == null && isNodePortIp(address)) {
      key = FrontendKey.ofNodePort(address.family(), port, protocol);
      value = read(key);
      if (value != null) {
        lines.add("node_addresses: " + address + " answers node ports");
      }
    }
    if (value == null) {
      key = FrontendKey.ofOtherPorts(address);
      value = read(key);
    }
    if (value != null) {
      describe(key, value, lines);
    }
    return lines;
  }

  private void describe(FrontendKey key, FrontendValue value, List<String> lines) {
    ServiceName owner = owners.apply(key);
    StringBuilder line = new StringBuilder("frontends: " + key);
    line.append(owner == null ? "" : " of service " + owner);
    line.append(", ").append(word(value.kind())).append(": sockets of this node ");
    line.append(verb(value.verdict()));
    if (value.verdict() == Verdict.FORWARD) {
      line.append(" to set ").append(Integer.toUnsignedString(value.set()));
      line.append(" of ").append(value.size());
    }
    line.append("; packets from inside ").append(verb(value.inside()));
    line.append(", from outside ").append(verb(value.outside()));
    if (value.affinitySeconds() > 0) {
      line.append("; clients stick for ").append(value.affinitySeconds()).append(" s");
    }
    line.append(value.sourceRanges() ? "; packets are admitted by source_ranges only" : "");
    lines.add(line.toString());
    if (value.verdict() == Verdict.FORWARD) {
      List<Backend> backends =
          BackendSets.read(maps.apply("groups"), value.set(), Math.min(value.size(), MAX_BACKENDS));
      lines.add(
          "groups: set "
              + Integer.toUnsignedString(value.set())
              + " is "
              + backends
              + (value.size() > MAX_BACKENDS
                  ? " and " + (value.size() - MAX_BACKENDS) + " others"
                  : ""));
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String verb(Verdict verdict) {
    return switch (verdict) {
      case FORWARD -> "are forwarded";
      case REJECT -> "are refused";
      case DROP -> "hear nothing";
      case STEER -> "are left to the userspace proxier";
    };
  }

  private boolean isNodePortIp(IpAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(16, 8);
      MapLayouts.putAddress(key, 0, address);
      return maps.apply("node_addresses").get(key, arena.allocate(4, 4));
    }
  }

  private @Nullable FrontendValue read(FrontendKey key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocate(MapLayouts.FRONTEND_KEY);
      MemorySegment value = arena.allocate(MapLayouts.FRONTEND);
      key.write(at, 0);
      return maps.apply("frontends").get(at, value) ? FrontendValue.read(value) : null;
    }
  }
}
