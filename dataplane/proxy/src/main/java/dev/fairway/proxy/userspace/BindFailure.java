// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import dev.fairway.proxy.Frontend;
import dev.fairway.proxy.ProxyEvents;
import java.net.BindException;
import java.util.Locale;

/** Why an address could not be bound, and what its owner can do. */
record BindFailure(String reason, String message) {

  static BindFailure of(Frontend frontend, Throwable cause) {
    String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("permission denied") || text.contains("eacces")) {
      return new BindFailure(
          ProxyEvents.BIND_FAILED,
          "may not bind "
              + frontend
              + ": allow it with the sysctl net.ipv4.ip_unprivileged_port_start="
              + frontend.port()
              + " (or lower) or give the process CAP_NET_BIND_SERVICE");
    }
    if (text.contains("already in use") || text.contains("eaddrinuse")) {
      return new BindFailure(
          ProxyEvents.ADDRESS_IN_USE,
          frontend + " is in use by another process; it is tried again until it is free");
    }
    if (text.contains("cannot assign") || text.contains("eaddrnotavail")) {
      return new BindFailure(
          ProxyEvents.BIND_FAILED,
          frontend.address()
              + " is not an address of this machine: add it to an interface or a local route"
              + " (ip route add local CIDR dev lo)");
    }
    String kind = cause instanceof BindException ? "" : cause.getClass().getSimpleName() + ": ";
    return new BindFailure(
        ProxyEvents.BIND_FAILED, "cannot bind " + frontend + ": " + kind + cause.getMessage());
  }
}
