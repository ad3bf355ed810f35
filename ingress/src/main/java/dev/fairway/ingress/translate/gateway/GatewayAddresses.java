// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of a Gateway.
 *
 * @param values IP addresses that the Gateway has
 * @param problem the reason why it is not programmed (AddressNotAssigned, AddressNotUsable), or
 *     null
 * @param message the problem for people, or ""
 */
public record GatewayAddresses(List<String> values, @Nullable String problem, String message) {
  public GatewayAddresses {
    values = List.copyOf(values);
  }
}
