// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.pki;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Who a client certificate speaks for.
 *
 * @param name the common name, "" if there is none
 * @param groups the organizations
 */
public record Identity(String name, List<String> groups) {

  /** Reads the subject. */
  public static Identity of(X509Certificate certificate) {
    String name = "";
    List<String> groups = new ArrayList<>();
    try {
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        var attributes = rdn.toAttributes().getAll();
        while (attributes.hasMoreElements()) {
          var attribute = attributes.nextElement();
          String value = String.valueOf(attribute.get());
          if (attribute.getID().equalsIgnoreCase("CN")) {
            name = value;
          } else if (attribute.getID().equalsIgnoreCase("O")) {
            groups.add(value);
          }
        }
      }
    } catch (NamingException _) {
      return new Identity("", List.of());
    }
    return new Identity(name, List.copyOf(groups));
  }
}
