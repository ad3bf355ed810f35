// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which profile a server name has, and when a request is on the wrong connection. */
class TlsTableTest {
  private static final Certificate CERTIFICATE =
      SelfSigned.create("example.org", Instant.parse("2026-01-01T00:00:00Z"));
  private static final ClientVerification CLIENTS =
      new ClientVerification(List.of(CERTIFICATE.leaf()), 1, ClientVerification.Mode.REQUIRE);

  private static TlsProfile profile(String group) {
    return new TlsProfile.Terminate(CERTIFICATE, null, group);
  }

  @ParameterizedTest(name = "{0} has the profile {1}")
  @CsvSource({
    "example.org, exact",
    "a.example.org, one",
    "b.a.example.org, any",
    "c.b.a.example.org, any",
    "x.deep.example.org, deeper",
    "y.x.deep.example.org, deeper",
    "other.net, none",
    "org, none",
  })
  void mostSpecificProfileWins(String name, String group) {
    TlsTable table =
        TlsTable.of(
            Map.of(
                "example.org", profile("exact"),
                "*.example.org", profile("one"),
                "**.example.org", profile("any"),
                "**.deep.example.org", profile("deeper")));
    TlsProfile found = table.find(name);
    assertThat(found == null ? "none" : ((TlsProfile.Terminate) found).group()).isEqualTo(group);
  }

  @Test
  void emptyKeyIsForEverythingElse() {
    TlsTable table = TlsTable.of(Map.of("", new TlsProfile.Refuse(), "a.b", profile("")));
    assertThat(table.find("")).isEqualTo(new TlsProfile.Refuse());
    assertThat(table.find("c.d")).isEqualTo(new TlsProfile.Refuse());
    assertThat(table.find("a.b")).isEqualTo(profile(""));
  }

  @ParameterizedTest(name = "connected for {0}, asks {1}: misdirected {2}")
  @CsvSource({
    "example.org, example.org, false",
    "example.org, second-example.org, true",
    "example.org, unknown.net, false",
    "a.wild.org, b.wild.org, false",
    "a.wild.org, own.wild.org, true",
    "'', example.org, true",
    "'', plain.org, false",
    "plain.org, plain2.org, false",
    "plain.org, mutual.org, true",
    "'', mutual.org, true",
    "mutual.org, plain.org, true",
  })
  void requestsForAnotherPolicyAreMisdirected(String serverName, String host, boolean expected) {
    ServerTls tls = new ServerTls(() -> CERTIFICATE);
    tls.replace(
        TlsTable.of(
            Map.of(
                "example.org", profile("1"),
                "second-example.org", profile("2"),
                "**.wild.org", profile("3"),
                "own.wild.org", profile("4"),
                "plain.org", profile(""),
                "plain2.org", profile(""),
                "mutual.org", new TlsProfile.Terminate(CERTIFICATE, CLIENTS, ""))));
    assertThat(tls.misdirects(serverName, host)).isEqualTo(expected);
  }

  @Test
  void profilesThatStayKeepTheirSessions() {
    ServerTls tls = new ServerTls(() -> CERTIFICATE);
    tls.replace(TlsTable.of(Map.of("a", profile("a"), "b", profile("b"))));
    ServerTls.Choice a = tls.choose("a");
    ServerTls.Choice b = tls.choose("b");
    tls.replace(TlsTable.of(Map.of("a", profile("a"), "b", profile("c"))));
    assertThat(tls.choose("a")).isEqualTo(a);
    assertThat(tls.choose("b")).isNotEqualTo(b);
  }
}
