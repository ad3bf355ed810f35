// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.List;

/**
 * One EndpointSlice as the model sees it.
 *
 * @param name name of the slice, unique within the Service
 * @param headless whether it bears the label that hides it from L4 proxies
 * @param ports ports of every endpoint in it
 * @param tables its endpoints
 */
public record SliceEndpoints(
    String name, boolean headless, List<Port> ports, List<EndpointTable> tables) {
  public SliceEndpoints {
    ports = List.copyOf(ports);
    tables = List.copyOf(tables);
  }

  /** A resolved port. */
  public record Port(EndpointPort name, int number) {}
}
