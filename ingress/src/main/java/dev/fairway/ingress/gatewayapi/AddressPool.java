// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.ingress.translate.gateway.GatewayAddresses;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives addresses of a range to Gateways: those they ask for, else those they have, else the lowest
 * free one. The first address of the range, and what others use, are never given. Not thread-safe.
 */
final class AddressPool {
  private static final int MAX_TRIES = 1 << 16;

  private final @Nullable IpPrefix range;
  private final Set<IpAddress> reserved;
  private Map<ObjectKey, List<IpAddress>> given = Map.of();

  /**
   * @param range null where there are no addresses to give
   * @param reserved addresses of the range that others use
   */
  AddressPool(@Nullable IpPrefix range, Set<IpAddress> reserved) {
    this.range = range;
    this.reserved = Set.copyOf(reserved);
  }

  /**
   * Decides anew about all Gateways.
   *
   * @param gateways in order of precedence
   */
  Map<ObjectKey, GatewayAddresses> assign(List<Gateway> gateways) {
    Map<ObjectKey, GatewayAddresses> result = new LinkedHashMap<>();
    Map<ObjectKey, List<IpAddress>> next = new HashMap<>();
    Set<IpAddress> taken = new HashSet<>(reserved);
    for (Gateway gateway : gateways) {
      // Asked for by name first, so that nobody else gets them.
      result.put(gateway.key(), requested(gateway, taken, next));
    }
    for (Gateway gateway : gateways) {
      if (wantsAny(gateway)) {
        keep(gateway, taken, next);
      }
    }
    for (Gateway gateway : gateways) {
      if (wantsAny(gateway)) {
        result.put(gateway.key(), any(gateway, taken, next));
      }
    }
    given = next;
    return result;
  }

  private static boolean wantsAny(Gateway gateway) {
    return gateway.spec().addresses().stream().allMatch(address -> address.value().isEmpty());
  }

  private GatewayAddresses requested(
      Gateway gateway, Set<IpAddress> taken, Map<ObjectKey, List<IpAddress>> next) {
    List<IpAddress> usable = new ArrayList<>();
    String problem = null;
    for (Gateway.Address wanted : gateway.spec().addresses()) {
      if (wanted.value().isEmpty() || !isIp(wanted)) {
        continue;
      }
      IpAddress address = IpAddress.tryParse(wanted.value());
      if (address == null || range == null || !range.contains(address)) {
        problem = "address " + printable(wanted.value()) + " is not of our range";
      } else if (!taken.add(address)) {
        problem = "address " + address + " is in use";
      } else {
        usable.add(address);
      }
    }
    if (!usable.isEmpty()) {
      next.put(gateway.key(), usable);
    }
    return new GatewayAddresses(
        usable.stream().map(IpAddress::toString).toList(),
        problem == null ? null : "AddressNotUsable",
        problem == null ? "" : problem);
  }

  private static boolean isIp(Gateway.Address address) {
    return address.type() == null || address.type().equals("IPAddress");
  }

  /** A Gateway keeps what it has, as this process knows or as its status says. */
  private void keep(Gateway gateway, Set<IpAddress> taken, Map<ObjectKey, List<IpAddress>> next) {
    List<IpAddress> before = given.get(gateway.key());
    if (before == null) {
      before = new ArrayList<>();
      Gateway.Status status = gateway.status();
      for (Gateway.Address address :
          status == null ? List.<Gateway.Address>of() : status.addresses()) {
        IpAddress written = IpAddress.tryParse(address.value());
        if (written != null && range != null && range.contains(written)) {
          before.add(written);
        }
      }
    }
    if (!before.isEmpty() && taken.add(before.getFirst())) {
      next.put(gateway.key(), List.of(before.getFirst()));
    }
  }

  private GatewayAddresses any(
      Gateway gateway, Set<IpAddress> taken, Map<ObjectKey, List<IpAddress>> next) {
    List<IpAddress> kept = next.get(gateway.key());
    if (kept == null) {
      IpAddress free = lowestFree(taken);
      if (free == null) {
        String message =
            range == null
                ? "no range of addresses is given (--address-pool)"
                : "no address of " + range + " is free";
        return new GatewayAddresses(List.of(), "AddressNotAssigned", message);
      }
      taken.add(free);
      kept = List.of(free);
      next.put(gateway.key(), kept);
    }
    return new GatewayAddresses(List.of(kept.getFirst().toString()), null, "");
  }

  private @Nullable IpAddress lowestFree(Set<IpAddress> taken) {
    if (range == null) {
      return null;
    }
    byte[] bytes = range.address().toBytes();
    for (int i = 0; i < MAX_TRIES; i++) {
      increment(bytes);
      IpAddress candidate = IpAddress.ofBytes(bytes);
      if (!range.contains(candidate)) {
        return null;
      }
      if (!taken.contains(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private static void increment(byte[] bytes) {
    for (int i = bytes.length - 1; i >= 0; i--) {
      bytes[i]++;
      if (bytes[i] != 0) {
        return;
      }
    }
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), 60); i++) {
      char c = text.charAt(i);
      out.append(c >= ' ' && c < 127 ? c : '?');
    }
    return out.toString();
  }
}
