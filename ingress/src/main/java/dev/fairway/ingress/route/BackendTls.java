// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How connections to the endpoints of a backend are encrypted.
 *
 * @param serverName for SNI and for the verification of the certificate; "" for none
 * @param verify whether the certificate of an endpoint must be valid
 * @param authorities PEM certificates to trust; "" for those of the system
 * @param subjectAltNames one of them must be in the certificate; empty for the server name
 * @param client our certificate for endpoints that ask for one, or null
 */
public record BackendTls(
    String serverName,
    boolean verify,
    String authorities,
    List<String> subjectAltNames,
    @Nullable ClientKey client) {
  public BackendTls {
    subjectAltNames = List.copyOf(subjectAltNames);
  }

  /** A certificate chain with its key, both PEM. */
  public record ClientKey(String certificates, String key) {
    @Override
    public String toString() {
      return "ClientKey[not shown]";
    }
  }
}
