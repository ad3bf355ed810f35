// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The chain that a file of certificates holds, in whatever order and company. */
class PemChainTest {
  private static final KeyPair KEY = CertificateBuilder.newKey();

  private static final Map<String, X509Certificate> CERTIFICATES =
      Map.of(
          "leaf", certificate("leaf", "low"),
          "low", certificate("low", "high"),
          "high", certificate("high", "root"),
          "root", certificate("root", "root"),
          "stranger", certificate("stranger", "nobody"),
          "self", certificate("self", "self"));

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "in order, leaf low high root, leaf low high root",
    "without the root, leaf low high, leaf low high",
    "alone, leaf, leaf",
    "leaf twice, leaf leaf low, leaf low",
    "all twice, leaf low leaf low, leaf low",
    "root before the others, leaf root high low, leaf low high root",
    "a stranger between, leaf stranger low, leaf low",
    "a gap, leaf high root, leaf",
    "signed by itself, self, self",
    "signed by itself and twice, self self, self",
    "the first one is what counts, low leaf high, low high",
  })
  void chainLeadsFromTheFirstCertificateToItsAuthority(String name, String file, String chain)
      throws Exception {
    List<X509Certificate> expected = Stream.of(chain.split(" ")).map(CERTIFICATES::get).toList();
    String text =
        Stream.of(file.split(" "))
            .map(CERTIFICATES::get)
            .map(PemChainTest::pem)
            .collect(Collectors.joining("text between\n"));
    assertThat(Pem.chain(text)).as(name).isEqualTo(expected);
  }

  private static X509Certificate certificate(String subject, String issuer) {
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    return new CertificateBuilder(
            CertificateBuilder.name(issuer, List.of()),
            CertificateBuilder.name(subject, List.of()),
            KEY.getPublic(),
            from,
            from.plusSeconds(60))
        .authority()
        .sign(KEY.getPrivate());
  }

  private static String pem(X509Certificate certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (java.security.cert.CertificateEncodingException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
