// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.service.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Whose request it is: the peer, or, where the peer is a trusted proxy, the address that it added
 * last to X-Forwarded-For. What stands before that anybody can write.
 */
public final class ClientAddress {
  private ClientAddress() {}

  /** The address, or null where none can be read. */
  public static @Nullable IpAddress of(RequestContext request) {
    if (request.client().trusted()) {
      IpAddress forwarded = lastHop(request.head().fields());
      if (forwarded != null) {
        return forwarded;
      }
    }
    return IpAddress.tryParse(request.client().address());
  }

  /** The address as text. */
  static String text(RequestContext request) {
    IpAddress address = of(request);
    return address == null ? request.client().address() : address.toString();
  }

  private static @Nullable IpAddress lastHop(HttpFields fields) {
    for (int i = fields.size() - 1; i >= 0; i--) {
      if (fields.field(i) == Field.X_FORWARDED_FOR) {
        String value = fields.value(i);
        return IpAddress.tryParse(value.substring(value.lastIndexOf(',') + 1).strip());
      }
    }
    return null;
  }
}
