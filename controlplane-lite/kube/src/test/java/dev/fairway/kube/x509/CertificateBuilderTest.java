// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateBuilderTest {
  private static final Instant NOW = Instant.parse("2026-11-21T07:00:00Z");

  private final KeyPair authorityKey = CertificateBuilder.newKey();
  private final byte[] authorityName = CertificateBuilder.name("test-ca", List.of());
  private final X509Certificate authority =
      new CertificateBuilder(
              authorityName,
              authorityName,
              authorityKey.getPublic(),
              NOW,
              NOW.plus(Duration.ofDays(10_000)))
          .authority()
          .sign(authorityKey.getPrivate());

  private X509Certificate leaf(boolean serves, List<String> names) {
    byte[] subject = CertificateBuilder.name("user \u00e9", List.of("one", "two"));
    return new CertificateBuilder(
            authorityName,
            subject,
            CertificateBuilder.newKey().getPublic(),
            NOW,
            NOW.plus(Duration.ofDays(365)))
        .leaf(serves, authorityKey.getPublic())
        .names(names)
        .sign(authorityKey.getPrivate());
  }

  @Test
  void chainIsValidForTheJdk() throws Exception {
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW.plusSeconds(1)));
    var path =
        CertificateFactory.getInstance("X.509")
            .generateCertPath(List.of(leaf(true, List.of("a.example"))));
    assertThat(CertPathValidator.getInstance("PKIX").validate(path, parameters)).isNotNull();
    assertThat(authority.getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
    assertThat(authority.getKeyUsage())
        .containsExactly(true, false, false, false, false, true, true, false, false);
    assertThat(authority.getCriticalExtensionOIDs()).containsOnly("2.5.29.15", "2.5.29.19");
  }

  @ParameterizedTest(name = "serves {0}: {1}")
  @CsvSource({
    "true,1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2",
    "false,1.3.6.1.5.5.7.3.2",
  })
  void leafSaysWhoItIsAndWhatFor(boolean serves, String purposes) throws Exception {
    X509Certificate leaf = leaf(serves, List.of("a.example", "127.0.0.1", "fd00::1"));
    assertThat(leaf.getExtendedKeyUsage()).containsExactly(purposes.split(" "));
    assertThat(leaf.getKeyUsage()[0]).isTrue();
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=user \u00e9,O=two,O=one");
    assertThat(leaf.getIssuerX500Principal()).isEqualTo(authority.getSubjectX500Principal());
    assertThat(leaf.getSubjectAlternativeNames())
        .extracting(name -> name.get(0) + " " + name.get(1))
        .containsExactly("2 a.example", "7 127.0.0.1", "7 fd00:0:0:0:0:0:0:1");
    byte[] id = authority.getExtensionValue("2.5.29.14");
    byte[] referred = leaf.getExtensionValue("2.5.29.35");
    assertThat(java.util.Arrays.copyOfRange(referred, referred.length - 20, referred.length))
        .isEqualTo(java.util.Arrays.copyOfRange(id, id.length - 20, id.length));
  }

  @ParameterizedTest
  @CsvSource({"2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "2120-06-01T12:00:00Z"})
  void timesBeforeAndAfter2050(Instant end) {
    X509Certificate certificate =
        new CertificateBuilder(authorityName, authorityName, authorityKey.getPublic(), NOW, end)
            .sign(authorityKey.getPrivate());
    assertThat(certificate.getNotBefore().toInstant()).isEqualTo(NOW);
    assertThat(certificate.getNotAfter().toInstant()).isEqualTo(end);
    assertThat(certificate.getSerialNumber().bitLength()).isEqualTo(127);
  }
}
