// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.security.interfaces.ECPrivateKey;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys as OpenSSL writes them, each in its old and its PKCS #8 form; made for this test alone. */
class PemTest {
  private static final String RSA_PKCS1 =
      """
      -----BEGIN RSA PRIVATE KEY-----
      MIICXAIBAAKBgQCyStLCZsspKOocihAKbL5RH651+zXpvES3mwEnP4t8TpbqOT6E
      N48l9+rcRD51QPUVL9PuTUaMqsZIQP09+X3cbN9CQSwmvIP2hK411PXpwv5qWszk
      B7kQDQAGm4dbDQLuy7o6btx4+fiEWSDDEpkNAcMhxhBp6xpvccXtS2K+1wIDAQAB
      AoGAUEaoRqeJ6epmHpt7RXZY6qXdI3oMeEUwm4rLJiTSZRHtmWBU6asqZOoPcUW4
      6YppzzRNtApPLZ7m0DmSzIi9RfVc/7nEEJRqL8NVuAZ4KRGb0eGjT3EN/myJ0hja
      559a3DHhZJUDXDH7VDxPDK5hnAu4qe9y91Lb9bwJFJk5dSECQQDkfAtPqpwgiiVb
      KZl9oa+m9ybrtzw11/vKhg6hwO8Za0/TTqzgxO6wj+ATG0tZF/R3qIagYzDAN2LM
      kKAn8nIbAkEAx8NmfxgGj/HeXuClrKkl3NPWu7KAU0WvoqKDUUk2Cf0PZmDgwCsI
      UH3/yXr/DUGRvlwTQFrika6KGEHSytNR9QJBAMffQz3Tr3Q/pOIUh/MAp9nVRrTY
      u9EWOWs2zkHttrtzxobAwjZ1z5+gnJHaRJWRgQfT4sEXRCRBzynIMnH/gpUCQARe
      MGqNAu+40Szv6o9471wBwcs+3vFzL6D1vrtTR3w2bVTGv4NULY1dA+/K4bLPgTlR
      WBZrJlMbJufa4JoQvtUCQDnBfNQ504dvnSnMO2y/NO1UIFFCe5ReocVsX2m2HVd/
      iqHZePLFLuSZpI+QxTOQ3Yjq1CRXTJ/zFr9IsNpymEQ=
      -----END RSA PRIVATE KEY-----
      """;
  private static final String RSA_PKCS8 =
      """
      -----BEGIN PRIVATE KEY-----
      MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALJK0sJmyyko6hyK
      EApsvlEfrnX7Nem8RLebASc/i3xOluo5PoQ3jyX36txEPnVA9RUv0+5NRoyqxkhA
      /T35fdxs30JBLCa8g/aErjXU9enC/mpazOQHuRANAAabh1sNAu7Lujpu3Hj5+IRZ
      IMMSmQ0BwyHGEGnrGm9xxe1LYr7XAgMBAAECgYBQRqhGp4np6mYem3tFdljqpd0j
      egx4RTCbissmJNJlEe2ZYFTpqypk6g9xRbjpimnPNE20Ck8tnubQOZLMiL1F9Vz/
      ucQQlGovw1W4BngpEZvR4aNPcQ3+bInSGNrnn1rcMeFklQNcMftUPE8MrmGcC7ip
      73L3Utv1vAkUmTl1IQJBAOR8C0+qnCCKJVspmX2hr6b3Juu3PDXX+8qGDqHA7xlr
      T9NOrODE7rCP4BMbS1kX9HeohqBjMMA3YsyQoCfychsCQQDHw2Z/GAaP8d5e4KWs
      qSXc09a7soBTRa+iooNRSTYJ/Q9mYODAKwhQff/Jev8NQZG+XBNAWuKRrooYQdLK
      01H1AkEAx99DPdOvdD+k4hSH8wCn2dVGtNi70RY5azbOQe22u3PGhsDCNnXPn6Cc
      kdpElZGBB9PiwRdEJEHPKcgycf+ClQJABF4wao0C77jRLO/qj3jvXAHByz7e8XMv
      oPW+u1NHfDZtVMa/g1QtjV0D78rhss+BOVFYFmsmUxsm59rgmhC+1QJAOcF81DnT
      h2+dKcw7bL807VQgUUJ7lF6hxWxfabYdV3+Kodl48sUu5Jmkj5DFM5DdiOrUJFdM
      n/MWv0iw2nKYRA==
      -----END PRIVATE KEY-----
      """;
  private static final String EC_SEC1 =
      """
      -----BEGIN EC PARAMETERS-----
      BggqhkjOPQMBBw==
      -----END EC PARAMETERS-----
      -----BEGIN EC PRIVATE KEY-----
      MHcCAQEEIC9R1bjFByFtKS4E24KQEVQJ4mBRGWAWICY6HfG+bLesoAoGCCqGSM49
      AwEHoUQDQgAEzyttMYz6iaDCRT8uFUUru1dbzlNaYgrLT6pFlouOh52OyHN15DNq
      HQigVCItWKU1Lph3tHBSOGaEWGLsaJ4KKA==
      -----END EC PRIVATE KEY-----
      """;
  private static final String EC_PKCS8 =
      """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgL1HVuMUHIW0pLgTb
      gpARVAniYFEZYBYgJjod8b5st6yhRANCAATPK20xjPqJoMJFPy4VRSu7V1vOU1pi
      CstPqkWWi46HnY7Ic3XkM2odCKBUIi1YpTUumHe0cFI4ZoRYYuxongoo
      -----END PRIVATE KEY-----
      """;
  private static final String ED25519 =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIDiPagZN/ZFnLejND/1IZthSC1AXEW1Cj2tFtAgBwFuU
      -----END PRIVATE KEY-----
      """;

  @Test
  void oldFormsAreTheSameKeys() throws Exception {
    assertThat(Pem.privateKey(RSA_PKCS1)).isEqualTo(Pem.privateKey(RSA_PKCS8));
    ECPrivateKey old = (ECPrivateKey) Pem.privateKey(EC_SEC1);
    ECPrivateKey now = (ECPrivateKey) Pem.privateKey(EC_PKCS8);
    assertThat(old.getS()).isEqualTo(now.getS());
    assertThat(old.getParams()).hasToString(now.getParams().toString());
    assertThat(Pem.privateKey(RSA_PKCS1).getAlgorithm()).isEqualTo("RSA");
    assertThat(Pem.privateKey("# the key\r\n" + EC_SEC1.replace("\n", "\r\n")).getAlgorithm())
        .isEqualTo("EC");
    assertThat(Pem.privateKey(ED25519).getAlgorithm()).isEqualTo("EdDSA");
  }

  static Stream<Arguments> brokenKeys() {
    return Stream.of(
        Arguments.of("nothing", "", "no PEM private key"),
        Arguments.of(
            "encrypted",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
            "encrypted"),
        Arguments.of(
            "no key",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "unknown kind"),
        Arguments.of(
            "cut off",
            "-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----",
            "EC private key"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenKeys")
  void brokenKeyIsRefusedInWords(String name, String text, String expected) {
    assertThatThrownBy(() -> Pem.privateKey(text))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void textWithoutCertificateIsRefused() {
    assertThatThrownBy(() -> Pem.certificates(RSA_PKCS8))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("no PEM certificate");
  }
}
