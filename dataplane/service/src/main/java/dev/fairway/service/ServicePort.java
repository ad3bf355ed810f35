// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/**
 * One port of a Service.
 *
 * @param nodePort 0 where there is none
 * @param appProtocol "" where none is given
 * @param target the port of the host that a Service of type ExternalName stands for; 0 where it is
 *     the same, and for other Services, whose endpoints say it
 */
public record ServicePort(
    ServicePortName name, int port, int nodePort, String appProtocol, int target) {
  /** A port whose endpoints say where they listen. */
  public ServicePort(ServicePortName name, int port, int nodePort, String appProtocol) {
    this(name, port, nodePort, appProtocol, 0);
  }
}
