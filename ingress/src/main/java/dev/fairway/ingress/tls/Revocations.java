// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * Lists of revoked certificates (RFC 5280). Where there are any, each certificate of a chain must
 * be on a valid list of its issuer as not revoked: no list is no permission. Thread-safe.
 */
final class Revocations {
  private final List<X509CRL> lists;

  Revocations(List<X509CRL> lists) {
    this.lists = lists;
  }

  /** What is wrong with a chain that is valid otherwise, or "". */
  String problem(PKIXCertPathBuilderResult chain, Instant now) {
    if (lists.isEmpty()) {
      return "";
    }
    List<? extends Certificate> path = chain.getCertPath().getCertificates();
    for (int i = 0; i < path.size(); i++) {
      PublicKey issuer =
          i + 1 < path.size()
              ? path.get(i + 1).getPublicKey()
              : chain.getTrustAnchor().getTrustedCert().getPublicKey();
      String problem = problem((X509Certificate) path.get(i), issuer, now);
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    return "";
  }

  private String problem(X509Certificate certificate, PublicKey issuer, Instant now) {
    String problem = "there is no list of revoked certificates of the issuer";
    for (X509CRL list : lists) {
      if (!list.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())
          || !isSigned(list, issuer)) {
        continue;
      }
      if (list.isRevoked(certificate)) {
        return "certificate is revoked";
      }
      Date next = list.getNextUpdate();
      boolean over = next != null && Date.from(now).after(next);
      if (over
          || Date.from(now).before(list.getThisUpdate())
          || list.hasUnsupportedCriticalExtension()) {
        problem = "the list of revoked certificates is not valid now";
      } else {
        problem = "";
      }
    }
    return problem;
  }

  private static boolean isSigned(X509CRL list, PublicKey issuer) {
    try {
      list.verify(issuer);
      return true;
    } catch (GeneralSecurityException another) {
      return false;
    }
  }
}
