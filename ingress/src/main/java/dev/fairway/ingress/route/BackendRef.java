// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.service.ServiceName;

/**
 * A port of a Service as the target of a route.
 *
 * @param portName the name of the Service port, or "" where the port is given by number
 * @param portNumber the number of the Service port, or 0 where it is given by name
 * @param weight share of the requests among the backends of one route; 0 takes none
 */
public record BackendRef(ServiceName service, String portName, int portNumber, int weight) {

  @Override
  public String toString() {
    return service + ":" + (portName.isEmpty() ? Integer.toString(portNumber) : portName);
  }
}
