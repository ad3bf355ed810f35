// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Fields that concern one connection only (RFC 9110 section 7.6.1). */
final class HopByHop {
  /** A peer must not have these removed by naming them in Connection. */
  private static final Set<String> PROTECTED =
      Set.of("host", "content-length", "transfer-encoding", "trailer", "date", "server");

  private HopByHop() {}

  /**
   * Removes what the Connection field names, then the connection's own fields.
   *
   * @param believed whether the peer may say who showed a certificate
   */
  static void strip(HttpFields fields, boolean believed) {
    for (String name : named(fields)) {
      fields.removeNamed(name);
    }
    for (int i = fields.size() - 1; i >= 0; i--) {
      switch (fields.field(i)) {
        case CONNECTION,
            KEEP_ALIVE,
            PROXY_CONNECTION,
            PROXY_AUTHENTICATE,
            PROXY_AUTHORIZATION,
            PROXY,
            TE,
            UPGRADE,
            HTTP2_SETTINGS ->
            fields.remove(i);
        case SSL_CLIENT_VERIFY, SSL_CLIENT_SUBJECT_DN, SSL_CLIENT_ISSUER_DN, SSL_CLIENT_CERT -> {
          if (!believed) {
            fields.remove(i);
          }
        }
        default -> {}
      }
    }
  }

  private static List<String> named(HttpFields fields) {
    if (fields.count(Field.CONNECTION) == 0) {
      return List.of();
    }
    List<String> names = new ArrayList<>(2);
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.CONNECTION) {
        for (String element : fields.value(i).split(",")) {
          String name = element.strip().toLowerCase(Locale.ROOT);
          if (!name.isEmpty() && !PROTECTED.contains(name)) {
            names.add(name);
          }
        }
      }
    }
    return names;
  }
}
