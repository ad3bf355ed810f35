// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Certificates by server name: the exact name, else the wildcard of its parent. Immutable. */
public final class CertificateIndex {
  private static final CertificateIndex EMPTY = new CertificateIndex(Map.of());

  private final Map<String, Certificate> byHost;

  private CertificateIndex(Map<String, Certificate> byHost) {
    this.byHost = Map.copyOf(byHost);
  }

  /** The index without certificates. */
  public static CertificateIndex empty() {
    return EMPTY;
  }

  /**
   * An index of the given certificates.
   *
   * @param byHost keys are lower-case host names or {@code *.parent}
   */
  public static CertificateIndex of(Map<String, Certificate> byHost) {
    return new CertificateIndex(new HashMap<>(byHost));
  }

  /** The certificate for the name that a client asks for, or null for the default one. */
  public @Nullable Certificate find(String serverName) {
    String host = serverName.toLowerCase(Locale.ROOT);
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    Certificate exact = byHost.get(host);
    int dot = host.indexOf('.');
    return exact != null || dot < 0 ? exact : byHost.get("*" + host.substring(dot));
  }

  /** The certificates by lower-case host name or {@code *.parent}. */
  public Map<String, Certificate> byHost() {
    return byHost;
  }

  /** How many host names have a certificate. */
  public int size() {
    return byHost.size();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CertificateIndex that && byHost.equals(that.byHost);
  }

  @Override
  public int hashCode() {
    return byHost.hashCode();
  }
}
