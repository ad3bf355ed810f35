// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lists of revoked certificates: who is on one, and what a list is worth. */
class RevocationsTest {
  private static final Instant NOW = Instant.now();
  private static final Instant BEFORE = NOW.minusSeconds(600);
  private static final Instant LATER = NOW.plusSeconds(600);
  private static final TestCertificates.Authority AUTHORITY =
      new TestCertificates.Authority("authority");
  private static final X509Certificate ANN = AUTHORITY.client("ann", LATER).leaf();
  private static final X509Certificate BOB = AUTHORITY.client("bob", LATER).leaf();

  @Test
  void certificateThatIsNotOnTheListIsValid() throws Exception {
    assertThat(judge(ANN, AUTHORITY.revoked(BEFORE, LATER))).isEmpty();
    assertThat(judge(ANN, AUTHORITY.revoked(BEFORE, LATER, BOB))).isEmpty();
  }

  @Test
  void certificateOnTheListIsNot() throws Exception {
    assertThat(judge(ANN, AUTHORITY.revoked(BEFORE, LATER, BOB, ANN)))
        .isEqualTo("certificate is revoked");
  }

  @Test
  void certificateOnAnyListIsNot() throws Exception {
    assertThat(
            judge(
                ANN, AUTHORITY.revoked(BEFORE, LATER, ANN), AUTHORITY.revoked(BEFORE, LATER, BOB)))
        .isEqualTo("certificate is revoked");
  }

  @Test
  void listThatIsOverOrNotYetValidIsNoPermission() throws Exception {
    String problem = "the list of revoked certificates is not valid now";
    assertThat(judge(ANN, AUTHORITY.revoked(BEFORE, NOW.minusSeconds(60)))).isEqualTo(problem);
    assertThat(judge(ANN, AUTHORITY.revoked(NOW.plusSeconds(60), LATER))).isEqualTo(problem);
  }

  @Test
  void revokedStaysRevokedWhenItsListIsOver() throws Exception {
    assertThat(judge(ANN, AUTHORITY.revoked(BEFORE, NOW.minusSeconds(60), ANN)))
        .isEqualTo("certificate is revoked");
  }

  @Test
  void listOfAnotherIssuerOrAnotherKeyIsNoPermission() throws Exception {
    String problem = "there is no list of revoked certificates of the issuer";
    assertThat(judge(ANN, new TestCertificates.Authority("other").revoked(BEFORE, LATER)))
        .isEqualTo(problem);
    assertThat(judge(ANN, new TestCertificates.Authority("authority").revoked(BEFORE, LATER)))
        .isEqualTo(problem);
  }

  @Test
  void withoutListsNothingIsRevoked() throws Exception {
    assertThat(judge(ANN)).isEmpty();
  }

  /** What is wrong with a certificate, or "". */
  private static String judge(X509Certificate leaf, String... lists) throws Exception {
    List<X509CRL> parsed = new ArrayList<>();
    for (String list : lists) {
      parsed.add(
          (X509CRL)
              CertificateFactory.getInstance("X.509")
                  .generateCRL(new ByteArrayInputStream(list.getBytes(StandardCharsets.US_ASCII))));
    }
    ClientVerification verification =
        new ClientVerification(
            List.of(AUTHORITY.certificate()), 1, parsed, ClientVerification.Mode.REPORT);
    ClientCertificate judged =
        new ClientVerifier(verification, () -> NOW).judge(new X509Certificate[] {leaf});
    assertThat(judged.problem().isEmpty())
        .isEqualTo(judged.result() == ClientCertificate.Result.SUCCESS);
    return judged.problem();
  }
}
