// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import dev.fairway.proxy.routes.Links;
import dev.fairway.proxy.routes.VipRoutes.Link;
import dev.fairway.service.IpPrefix;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An Ethernet interface.
 *
 * @param index the kernel's number of it
 * @param mac its address, 48 bits
 */
record Device(String name, int index, long mac) {
  /** A network that an interface is in. */
  record Place(Device device, IpPrefix subnet) {}

  /** The Ethernet interfaces of the machine with their networks. */
  static List<Place> ofMachine() {
    List<Place> places = new ArrayList<>();
    for (Link link : Links.ofMachine()) {
      Device device = find(link.device());
      if (device != null) {
        places.add(new Place(device, link.subnet()));
      }
    }
    return places;
  }

  private static @Nullable Device find(String name) {
    try {
      NetworkInterface device = NetworkInterface.getByName(name);
      byte[] mac = device == null || !device.isUp() ? null : device.getHardwareAddress();
      if (device == null || mac == null || mac.length != 6) {
        return null;
      }
      long bits = 0;
      for (byte part : mac) {
        bits = bits << 8 | (part & 0xff);
      }
      return new Device(name, device.getIndex(), bits);
    } catch (SocketException _) {
      // It is gone meanwhile.
      return null;
    }
  }
}
