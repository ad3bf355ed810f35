// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whom the connections of a Gateway must begin with a header of the PROXY protocol. */
public final class ProxyProtocolSetting {
  /** CIDRs or addresses, separated by commas; none where it is empty. */
  public static final String ANNOTATION = "fairway.dev/proxy-protocol-from";

  private ProxyProtocolSetting() {}

  /** The text of the annotation, or null. */
  public static @Nullable String text(Gateway gateway) {
    return gateway.metadata().annotations().get(ANNOTATION);
  }

  /** The load balancers of a text, or null where it is malformed. */
  static @Nullable List<IpPrefix> parse(String text) {
    List<IpPrefix> result = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String written = part.strip();
      IpAddress address = IpAddress.tryParse(written);
      IpPrefix prefix = address == null ? IpPrefix.tryParse(written) : IpPrefix.single(address);
      if (prefix != null) {
        result.add(prefix);
      } else if (!text.isBlank()) {
        return null;
      }
    }
    return result;
  }
}
