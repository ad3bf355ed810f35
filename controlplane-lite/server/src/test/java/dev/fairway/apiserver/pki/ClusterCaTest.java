// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterCaTest {
  private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");

  @TempDir Path directory;

  private ClusterCa open(Instant now) throws Exception {
    return ClusterCa.open(directory.resolve("pki"), () -> now);
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void authorityIsKeptAndKeysAreForTheOwnerOnly() throws Exception {
    ClusterCa first = open(NOW);
    ClusterCa second = open(NOW.plus(Duration.ofDays(1)));
    assertThat(second.certificatePem()).isEqualTo(first.certificatePem());
    assertThat(mode(directory.resolve("pki/ca.key"))).isEqualTo("rw-------");
    assertThat(mode(directory.resolve("pki/ca.crt"))).isEqualTo("rw-r--r--");
    assertThat(
            ((ECPublicKey) first.certificate().getPublicKey()).getParams().getOrder().bitLength())
        .isEqualTo(256);
    assertThat(first.certificate().getBasicConstraints()).isNotNegative();
  }

  @Test
  void issuedCertificateNamesUserGroupsAndAddresses() throws Exception {
    ClusterCa ca = open(NOW);
    Credential node =
        ca.issue(
            "system:node:n1", List.of("system:nodes", "more"), List.of("n1", "127.0.0.1", "::1"));
    node.certificate().verify(ca.certificate().getPublicKey());
    Identity identity = Identity.of(node.certificate());
    assertThat(identity.name()).isEqualTo("system:node:n1");
    assertThat(identity.groups()).containsExactlyInAnyOrder("system:nodes", "more");
    assertThat(node.certificate().getSubjectAlternativeNames())
        .extracting(san -> String.valueOf(san.get(1)))
        .containsExactly("n1", "127.0.0.1", "0:0:0:0:0:0:0:1");
    assertThat(node.certificate().getBasicConstraints()).isEqualTo(-1);
    assertThat(node.toString()).contains("redacted").doesNotContain("PRIVATE");
  }

  @Test
  void keptCertificateIsUsedAgainUntilNamesChangeOrItNearsItsEnd() throws Exception {
    List<String> sans = List.of("localhost", "127.0.0.1", "::1");
    String first = open(NOW).kept("srv", "kube-apiserver", List.of(), sans).certificatePem();
    assertThat(open(NOW).kept("srv", "kube-apiserver", List.of(), sans).certificatePem())
        .isEqualTo(first);
    assertThat(mode(directory.resolve("pki/srv.key"))).isEqualTo("rw-------");
    String more =
        open(NOW)
            .kept("srv", "kube-apiserver", List.of(), List.of("localhost", "10.0.0.1"))
            .certificatePem();
    assertThat(more).isNotEqualTo(first);
    Instant late = NOW.plus(Duration.ofDays(340));
    Credential renewed =
        open(late).kept("srv", "kube-apiserver", List.of(), List.of("localhost", "10.0.0.1"));
    assertThat(renewed.certificatePem()).isNotEqualTo(more);
    assertThat(renewed.certificate().getNotAfter().toInstant())
        .isAfter(late.plus(Duration.ofDays(300)));
  }

  @Test
  void renewedAuthorityStillVouchesForWhatItSigned() throws Exception {
    ClusterCa old = open(NOW);
    Credential client = old.issue("a", List.of(), List.of());
    ClusterCa renewed = open(NOW.plus(Duration.ofDays(3_600)));
    assertThat(renewed.certificatePem()).isNotEqualTo(old.certificatePem());
    client.certificate().verify(renewed.certificate().getPublicKey());
  }

  @Test
  void kubeconfigIsForTheOwnerOnly() throws Exception {
    ClusterCa ca = open(NOW);
    Path file = directory.resolve("sub/kubeconfig");
    Kubeconfig.write(
        file,
        "fairway",
        "https://127.0.0.1:6443",
        ca.certificatePem(),
        ca.issue("admin", List.of("system:masters"), List.of()));
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(Files.readString(file))
        .contains(
            "server: https://127.0.0.1:6443", "client-key-data: ", "current-context: fairway");
  }
}
