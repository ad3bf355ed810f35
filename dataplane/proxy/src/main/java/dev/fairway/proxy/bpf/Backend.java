// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/** An endpoint as the maps have it: {@code struct backend}. */
record Backend(IpAddress address, int port) {
  private static final long PORT = MapLayouts.offset(MapLayouts.BACKEND, "port");

  /** The endpoints of a set that answer. */
  static Set<Backend> serving(EndpointSet endpoints) {
    Set<Backend> serving = HashSet.newHashSet(endpoints.size());
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.isServing(i)) {
        serving.add(new Backend(endpoints.address(i), endpoints.port(i)));
      }
    }
    return serving;
  }

  /** All endpoints of a set. */
  static Set<Backend> all(EndpointSet endpoints) {
    Set<Backend> all = HashSet.newHashSet(endpoints.size());
    for (int i = 0; i < endpoints.size(); i++) {
      all.add(new Backend(endpoints.address(i), endpoints.port(i)));
    }
    return all;
  }

  void write(MemorySegment at, long offset) {
    MapLayouts.putAddress(at, offset, address);
    MapLayouts.putPort(at, offset + PORT, port, 0, 0);
  }

  /** Writes an endpoint of a set, without creating an object for it if it is IPv4. */
  static void write(EndpointSet of, int i, MemorySegment at, long offset) {
    if (of.isV4(i)) {
      MapLayouts.putIpv4(at, offset, of.ipv4(i));
    } else {
      MapLayouts.putAddress(at, offset, of.address(i));
    }
    MapLayouts.putPort(at, offset + PORT, of.port(i), 0, 0);
  }

  static Backend read(MemorySegment at, long offset) {
    return new Backend(MapLayouts.address(at, offset), MapLayouts.port(at, offset + PORT));
  }

  @Override
  public String toString() {
    return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
  }
}
