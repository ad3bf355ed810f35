// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;

/** An address, port and protocol that a proxier answers. */
public record Frontend(IpAddress address, int port, Protocol protocol) {
  @Override
  public String toString() {
    return (address.isV4() ? address.toString() : "[" + address + "]")
        + ":"
        + port
        + "/"
        + protocol;
  }
}
