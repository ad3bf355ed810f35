// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a node's eBPF programs go by, read from the outside: also while no daemon runs. Changes
 * nothing. Not thread-safe.
 */
public final class PinnedMaps implements AutoCloseable {
  private static final List<String> NAMES = List.of("frontends", "groups", "node_addresses");

  private final Map<String, BpfMap> maps;

  private PinnedMaps(Map<String, BpfMap> maps) {
    this.maps = maps;
  }

  /**
   * Opens the maps that are pinned in a node's folder.
   *
   * @param folder as in {@link BpfOptions#withPins}
   * @return empty if there are none, or none that this version understands
   * @throws BpfException if they may not be opened
   */
  public static Optional<PinnedMaps> open(Path folder) {
    if (!LibBpf.isAvailable()) {
      return Optional.empty();
    }
    PinnedMaps opened = new PinnedMaps(new HashMap<>());
    try {
      for (String name : NAMES) {
        Path pin = folder.resolve(PinDirectory.LAYOUT_VERSION).resolve(name);
        int fd = LibBpf.get(pin.toString());
        if (fd == -BpfException.ENOENT) {
          opened.close();
          return Optional.empty();
        }
        opened.maps.put(name, new BpfMap(name, LibBpf.check("opening " + pin, fd)));
      }
      return Optional.of(opened);
    } catch (BpfException e) {
      opened.close();
      throw e;
    }
  }

  /** What the kernel has for an address, port and protocol, in words; empty if nothing. */
  public List<String> rows(IpAddress address, int port, Protocol protocol) {
    return new Description(this::map, _ -> null).of(address, port, protocol);
  }

  private BpfMap map(String name) {
    BpfMap map = maps.get(name);
    if (map == null) {
      throw new IllegalArgumentException("not opened: " + name);
    }
    return map;
  }

  @Override
  public void close() {
    maps.values().forEach(map -> LibBpf.closeFile(map.fd()));
    maps.clear();
  }
}
