// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/**
 * The unique identifier of a load-balanced port: Service, port name and protocol.
 *
 * @param port the port's name, "" for an unnamed port
 */
public record ServicePortName(ServiceName service, String port, Protocol protocol) {
  @Override
  public String toString() {
    return service + (port.isEmpty() ? "" : ":" + port) + "/" + protocol;
  }
}
