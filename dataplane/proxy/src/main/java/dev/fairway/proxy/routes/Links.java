// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import dev.fairway.proxy.routes.VipRoutes.Link;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/** What is directly connected to this machine. */
public final class Links {
  private Links() {}

  /** The subnets of all interfaces but the loopback one, without single and link-local ones. */
  public static List<Link> ofMachine() {
    List<Link> links = new ArrayList<>();
    try {
      for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
        if (device.isLoopback()) {
          continue;
        }
        for (InterfaceAddress address : device.getInterfaceAddresses()) {
          IpAddress own = IpAddress.ofBytes(address.getAddress().getAddress());
          int length = address.getNetworkPrefixLength();
          if (!address.getAddress().isLinkLocalAddress()
              && length > 0
              && length < (own.isV4() ? 32 : 128)) {
            links.add(new Link(device.getName(), new IpPrefix(own, length)));
          }
        }
      }
    } catch (SocketException e) {
      System.getLogger(Links.class.getName())
          .log(System.Logger.Level.WARNING, "cannot list the networks of the machine", e);
    }
    return links;
  }
}
