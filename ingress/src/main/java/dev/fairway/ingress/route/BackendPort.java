// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.service.ServiceName;

/**
 * A port of a Service, by name or by number.
 *
 * @param name the name of the Service port, or "" where it is given by number
 * @param number the number of the Service port, or 0 where it is given by name
 */
public record BackendPort(ServiceName service, String name, int number) {

  @Override
  public int hashCode() {
    return (31 * service.hashCode() + name.hashCode()) * 31 + number;
  }

  @Override
  public String toString() {
    return service + ":" + (name.isEmpty() ? Integer.toString(number) : name);
  }
}
