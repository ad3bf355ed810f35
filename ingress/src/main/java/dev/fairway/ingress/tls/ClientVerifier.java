// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import dev.fairway.ingress.tls.ClientCertificate.Result;
import dev.fairway.kube.x509.PeerVerifier;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Judges the certificates of clients by one {@link ClientVerification}. Thread-safe. */
final class ClientVerifier extends PeerVerifier {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_USAGE = "2.5.29.37.0";

  private final ClientVerification verification;
  private final Set<TrustAnchor> anchors;
  private final Revocations revocations;
  private final InstantSource clock;

  ClientVerifier(ClientVerification verification, InstantSource clock) {
    this.verification = verification;
    this.clock = clock;
    revocations = new Revocations(verification.revocations());
    anchors =
        verification.authorities().stream()
            .map(authority -> new TrustAnchor(authority, null))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Judges a chain, leaf first. */
  ClientCertificate judge(X509Certificate[] chain) {
    if (chain.length == 0) {
      return ClientCertificate.NONE;
    }
    X509Certificate leaf = chain[0];
    if (anchors.isEmpty()) {
      return new ClientCertificate(Result.FAILED, "no certificate authority is configured", leaf);
    }
    try {
      X509CertSelector target = new X509CertSelector();
      target.setCertificate(leaf);
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
      parameters.setRevocationEnabled(false);
      parameters.setMaxPathLength(verification.maxIntermediates());
      parameters.setDate(Date.from(clock.instant()));
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(chain))));
      PKIXCertPathBuilderResult found =
          (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
      String revoked = revocations.problem(found, clock.instant());
      if (!revoked.isEmpty()) {
        return new ClientCertificate(Result.FAILED, revoked, leaf);
      }
      return isForClients(leaf)
          ? new ClientCertificate(Result.SUCCESS, "", leaf)
          : new ClientCertificate(Result.FAILED, "certificate is not for clients", leaf);
    } catch (CertPathBuilderException untrusted) {
      return new ClientCertificate(Result.FAILED, problem(leaf), leaf);
    } catch (GeneralSecurityException unusable) {
      return new ClientCertificate(Result.FAILED, "certificate cannot be verified", leaf);
    }
  }

  private String problem(X509Certificate leaf) {
    Date now = Date.from(clock.instant());
    if (now.after(leaf.getNotAfter())) {
      return "certificate has expired";
    }
    if (now.before(leaf.getNotBefore())) {
      return "certificate is not yet valid";
    }
    return "unable to verify the issuer of the certificate";
  }

  private static boolean isForClients(X509Certificate leaf) throws CertificateParsingException {
    List<String> usages = leaf.getExtendedKeyUsage();
    return usages == null || usages.contains(CLIENT_AUTH) || usages.contains(ANY_USAGE);
  }

  @Override
  protected void checkClient(X509Certificate[] chain, String type) throws CertificateException {
    if (verification.mode() == ClientVerification.Mode.REQUIRE) {
      ClientCertificate judged = judge(chain);
      if (judged.result() != Result.SUCCESS) {
        throw new CertificateException(judged.problem());
      }
    }
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return verification.authorities().toArray(X509Certificate[]::new);
  }
}
