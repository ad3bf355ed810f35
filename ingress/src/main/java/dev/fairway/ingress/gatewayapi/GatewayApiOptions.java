// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.ingress.translate.gateway.GatewayTranslator;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the Gateway API.
 *
 * @param controller the controllerName of our GatewayClasses
 * @param addressPool the range that Gateways take their addresses from, or null for none
 * @param reserved addresses of the range that others use
 * @param proxyProtocolFrom load balancers that begin connections with a header of the PROXY
 *     protocol, and must, for Gateways that do not say it themselves
 * @param leader whether this process writes statuses now
 */
public record GatewayApiOptions(
    String controller,
    @Nullable IpPrefix addressPool,
    Set<IpAddress> reserved,
    List<IpPrefix> proxyProtocolFrom,
    BooleanSupplier leader) {
  public GatewayApiOptions {
    reserved = Set.copyOf(reserved);
    proxyProtocolFrom = List.copyOf(proxyProtocolFrom);
  }

  /** Our controller name; this process is the only one. */
  public static GatewayApiOptions of(@Nullable IpPrefix addressPool, Set<IpAddress> reserved) {
    return new GatewayApiOptions(
        GatewayTranslator.CONTROLLER, addressPool, reserved, List.of(), () -> true);
  }
}
