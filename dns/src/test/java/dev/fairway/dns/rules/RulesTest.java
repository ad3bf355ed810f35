// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.config.DnsConfig;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.server.Backend;
import dev.fairway.dns.server.Client;
import dev.fairway.dns.server.ClientGuard;
import dev.fairway.dns.server.QueryHandler;
import dev.fairway.dns.server.ServerOptions;
import dev.fairway.dns.server.Transport;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** What rules of a Corefile do to questions and answers, without sockets. */
class RulesTest {
  @TempDir Path folder;

  static List<Arguments> answers() {
    return List.of(
        row(
            "exact name, owner restored",
            "rewrite name old.test. web.default.svc.cluster.local.",
            "old.test. A",
            "NOERROR old.test. 5 A 10.0.0.1"),
        row(
            "exact name matches nothing else",
            "rewrite name old.test. web.default.svc.cluster.local.",
            "x.old.test. A",
            "REFUSED"),
        row(
            "letter case does not matter",
            "rewrite name exact OLD.test Web.default.svc.cluster.local",
            "oLd.TEST. A",
            "NOERROR old.test. 5 A 10.0.0.1"),
        row(
            "suffix",
            "rewrite name suffix .svc.test .default.svc.cluster.local",
            "web.svc.test. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "suffix, answer auto",
            "rewrite name suffix .svc.test .default.svc.cluster.local answer auto",
            "web.svc.test. A",
            "NOERROR web.svc.test. 5 A 10.0.0.1"),
        row(
            "prefix, answer auto",
            "rewrite name prefix www- web answer auto",
            "www-.default.svc.cluster.local. A",
            "NOERROR www-.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "substring",
            "rewrite name substring elsewhere default",
            "web.elsewhere.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "regex with groups",
            "rewrite name regex (.*)-(default)\\.test {1}.{2}.svc.cluster.local",
            "web-default.test. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "regex, answer name",
            "rewrite stop {\n  name regex (.*)-default\\.test {1}.default.svc.cluster.local\n"
                + "  answer name (.*)\\.default\\.svc\\.cluster\\.local {1}-default.test\n }",
            "web-default.test. A",
            "NOERROR web-default.test. 5 A 10.0.0.1"),
        row(
            "answer value changes names in data",
            "rewrite name suffix .test .cluster.local answer auto answer value"
                + " (.*)\\.cluster\\.local {1}.test",
            "_http._tcp.web.default.svc.test. SRV",
            "NOERROR _http._tcp.web.default.svc.test. 5 SRV 0 100 80 web.default.svc.test."),
        row(
            "stop: the second rule is not looked at",
            "rewrite name a.test b.test\n rewrite name b.test web.default.svc.cluster.local",
            "a.test. A",
            "REFUSED"),
        row(
            "continue: the second rule takes up the first one's name",
            "rewrite continue name exact a.test b.test\n"
                + " rewrite name exact b.test web.default.svc.cluster.local",
            "a.test. A",
            "NOERROR a.test. 5 A 10.0.0.1"),
        row(
            "type",
            "rewrite type TXT A",
            "web.default.svc.cluster.local. TXT",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "ttl",
            "rewrite ttl suffix .cluster.local 17",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 17 A 10.0.0.1"),
        row(
            "ttl, at least",
            "rewrite ttl regex (.*)\\.svc 30-",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 30 A 10.0.0.1"),
        row(
            "ttl, at most",
            "rewrite ttl regex (.*)\\.svc -3",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 3 A 10.0.0.1"),
        row(
            "rcode",
            "rewrite rcode suffix .cluster.local NXDOMAIN NOERROR",
            "nope.default.svc.cluster.local. A",
            "NOERROR"),
        row(
            "a name that cannot be is a failure",
            "rewrite name prefix web " + "a".repeat(70),
            "web.default.svc.cluster.local. A",
            "SERVFAIL"),
        row(
            "hosts",
            "hosts hosts {\n  192.0.2.7 inline.test\n  fallthrough\n }",
            "inline.test. A",
            "NOERROR inline.test. 3600 A 192.0.2.7"),
        row(
            "hosts of a file, IPv6",
            "hosts hosts {\n  ttl 60\n  fallthrough\n }",
            "db.test. AAAA",
            "NOERROR db.test. 60 AAAA 2001:db8:0:0:0:0:0:8"),
        row(
            "hosts: other type of a known name",
            "hosts hosts {\n  fallthrough\n }",
            "db.test. TXT",
            "NOERROR"),
        row(
            "hosts: wildcard",
            "hosts hosts {\n  192.0.2.9 *.wild.test\n  fallthrough\n }",
            "x.wild.test. A",
            "NOERROR x.wild.test. 3600 A 192.0.2.9"),
        row(
            "hosts: unknown name goes on",
            "hosts hosts {\n  fallthrough\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row("hosts: unknown name without fallthrough", "hosts hosts", "x.test. A", "SERVFAIL"),
        row(
            "hosts: other zones go on",
            "hosts hosts other.test",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "hosts: reverse",
            "hosts hosts {\n  fallthrough\n }",
            "8.2.0.192.in-addr.arpa. PTR",
            "NOERROR 8.2.0.192.in-addr.arpa. 3600 PTR db.test."),
        row(
            "hosts: no reverse",
            "hosts hosts {\n  no_reverse\n  fallthrough\n }",
            "8.2.0.192.in-addr.arpa. PTR",
            "REFUSED"),
        row(
            "template",
            "template IN A ip.test {\n"
                + "  match ^ip-(?P<a>[0-9]+)-(?P<b>[0-9]+)\\.ip\\.test\\.$\n"
                + "  answer \"{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ index .Match 2 }}\"\n }",
            "ip-3-4.ip.test. A",
            "NOERROR ip-3-4.ip.test. 60 A 10.0.3.4"),
        row(
            "template: no pattern found",
            "template IN A ip.test {\n  match ^ip\n  answer \"{{ .Name }} A 10.0.0.1\"\n }",
            "x.ip.test. A",
            "SERVFAIL"),
        row(
            "template: no pattern found, fallthrough",
            "template IN A cluster.local {\n  match ^ip\n  fallthrough\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "template: code",
            "template ANY ANY ads.test {\n  rcode NXDOMAIN\n }",
            "x.ads.test. AAAA",
            "NXDOMAIN"),
        row(
            "template: other type goes on",
            "template IN AAAA cluster.local {\n  rcode NXDOMAIN\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "template: what makes no record is a failure",
            "template IN A ip.test {\n  answer \"{{ .Name }} 60 IN A nonsense\"\n }",
            "x.ip.test. A",
            "SERVFAIL"),
        row(
            "any",
            "any",
            "x.test. ANY",
            "NOERROR x.test. 8482 HINFO \"ANY obsoleted\" \"See RFC 8482\""),
        row(
            "acl: block",
            "acl {\n  block type A net 198.51.100.0/24\n }",
            "web.default.svc.cluster.local. A",
            "REFUSED"),
        row(
            "acl: another type",
            "acl {\n  block type AAAA net 198.51.100.0/24\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "acl: another network",
            "acl {\n  block net 198.51.101.0/24 2001:db8::/32\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "acl: the first rule decides",
            "acl {\n  allow net 198.51.100.7\n  block\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "acl: only these",
            "acl {\n  allow net 203.0.113.0/24\n  block\n }",
            "web.default.svc.cluster.local. A",
            "REFUSED"),
        row(
            "acl: filter",
            "acl {\n  filter net *\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR"),
        row("acl: drop", "acl {\n  drop net 198.51.100.7\n }", "x.test. A", "nothing"),
        row(
            "acl: other zone",
            "acl other.test {\n  block\n }",
            "web.default.svc.cluster.local. A",
            "NOERROR web.default.svc.cluster.local. 5 A 10.0.0.1"),
        row(
            "acl is asked about the name as it came, before rewriting",
            "acl blocked.test {\n  block\n }\n"
                + " rewrite name a.blocked.test web.default.svc.cluster.local",
            "a.blocked.test. A",
            "REFUSED"),
        row(
            "acl is asked about the name after rewriting too",
            "acl default.svc.cluster.local {\n  block\n }\n"
                + " rewrite name a.test web.default.svc.cluster.local",
            "a.test. A",
            "REFUSED"),
        row(
            "acl is asked about the type after rewriting too",
            "acl {\n  filter type A\n }\n rewrite type TXT A",
            "web.default.svc.cluster.local. TXT",
            "NOERROR"));
  }

  private static Arguments row(String name, String rules, String question, String answer) {
    return argumentSet(name, rules, question, answer);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void rule_makesTheAnswer(String rules, String question, String answer) throws Exception {
    Message query = TestClient.question(question);
    query.getHeader().unsetFlag(Flags.RD);

    Message response = ask(rules, query);

    if (response == null) {
      assertThat("nothing").isEqualTo(answer);
      return;
    }
    assertThat(response.getHeader().getID()).isEqualTo(query.getHeader().getID());
    assertThat(response.getQuestion()).isEqualTo(query.getQuestion());
    assertThat(response.getHeader().getFlag(Flags.QR)).isTrue();
    List<String> words = new ArrayList<>(List.of(Rcode.string(response.getRcode())));
    for (Record record : response.getSection(Section.ANSWER)) {
      words.add(
          record.getName().toString().toLowerCase(java.util.Locale.ROOT)
              + " "
              + record.getTTL()
              + " "
              + org.xbill.DNS.Type.string(record.getType())
              + " "
              + record.rdataToString());
    }
    assertThat(String.join(" ", words)).isEqualTo(answer);
  }

  @Test
  void minimal_leavesOutWhatIsNotTheAnswer() throws Exception {
    Message query = TestClient.question("_http._tcp.web.default.svc.cluster.local. SRV");
    query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);

    Message whole = ask("errors", query);
    Message response = ask("minimal", query);

    assertThat(whole).isNotNull();
    assertThat(whole.getSection(Section.ADDITIONAL)).describedAs("address and OPT").hasSize(2);
    assertThat(response).isNotNull();
    assertThat(response.getSection(Section.ANSWER)).hasSize(1);
    assertThat(response.getSection(Section.AUTHORITY)).isEmpty();
    assertThat(response.getSection(Section.ADDITIONAL))
        .singleElement()
        .isInstanceOf(OPTRecord.class);
    Message denial = ask("minimal", TestClient.question("nope.default.svc.cluster.local. A"));
    assertThat(denial).isNotNull();
    assertThat(denial.getSection(Section.AUTHORITY)).describedAs("the SOA of a denial").hasSize(1);
  }

  @Test
  void missingNames_fallThroughToUpstreamsOnlyWhereTheZoneSaysSo() throws Exception {
    Message query = TestClient.question("nope.default.svc.cluster.local. A");

    // Without upstreams what falls through is refused.
    assertThat(rcode(askOne(". {\n kubernetes cluster.local {\n  fallthrough\n }\n}", query)))
        .isEqualTo(Rcode.REFUSED);
    assertThat(
            rcode(
                askOne(
                    ". {\n kubernetes cluster.local {\n  fallthrough in-addr.arpa\n }\n}", query)))
        .isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void namesOfNoBlock_areRefused() throws Exception {
    String corefile = "cluster.local {\n kubernetes\n}";

    assertThat(rcode(askOne(corefile, TestClient.question("www.example.org. A"))))
        .isEqualTo(Rcode.REFUSED);
    assertThat(rcode(askOne(corefile, TestClient.question("web.default.svc.cluster.local. A"))))
        .isEqualTo(Rcode.NOERROR);
  }

  @Test
  void longestZone_decides() throws Exception {
    String corefile =
        """
        . {
          template IN A {
            answer "{{ .Name }} 60 IN A 192.0.2.1"
          }
        }
        sub.test {
          template IN A {
            answer "{{ .Name }} 60 IN A 192.0.2.2"
          }
        }
        """;

    assertThat(data(askOne(corefile, TestClient.question("a.test. A")))).isEqualTo("192.0.2.1");
    assertThat(data(askOne(corefile, TestClient.question("a.sub.test. A")))).isEqualTo("192.0.2.2");
    assertThat(data(askOne(corefile, TestClient.question("asub.test. A")))).isEqualTo("192.0.2.1");
  }

  @Test
  void hostsFile_isReadAgainWhenItChanges() throws Exception {
    Path file = folder.resolve("changing");
    Files.writeString(file, "192.0.2.1 a.test\n");
    Hosts hosts =
        new Hosts(
            new Hosts.Options(
                file,
                "",
                List.of(dev.fairway.dns.wire.WireName.of(".")),
                60,
                true,
                java.time.Duration.ofSeconds(5),
                List.of(),
                false),
            () -> 0);
    assertThat(hosts.entries()).isEqualTo(1);

    Files.writeString(
        file, "192.0.2.1 a.test\n192.0.2.2 b.test c.test # and a comment\nnonsense x\n");
    hosts.read();
    assertThat(hosts.entries()).isEqualTo(3);

    Files.delete(file);
    hosts.read();
    assertThat(hosts.entries()).isZero();
  }

  @Test
  void log_writesTheLineOfItsFormat() {
    QueryLog log =
        new QueryLog(
            List.of(dev.fairway.dns.wire.WireName.of("example.org")),
            "{proto} {name} {/log/class} {common}",
            java.util.EnumSet.of(QueryLog.Answers.DENIAL));

    assertThat(
            log.wants(dev.fairway.dns.wire.WireName.of("a.example.org"), QueryLog.Answers.DENIAL))
        .isTrue();
    assertThat(log.wants(dev.fairway.dns.wire.WireName.of("a.example.org"), QueryLog.Answers.ERROR))
        .isFalse();
    assertThat(log.wants(dev.fairway.dns.wire.WireName.of("example.net"), QueryLog.Answers.DENIAL))
        .isFalse();
    assertThat(log.line(placeholder -> "<" + placeholder + ">"))
        .isEqualTo(
            "<proto> <name> </log/class> <remote>:<port> - <>id> \"<type> <class> <name> <proto>"
                + " <size> <>do> <>bufsize>\" <rcode> <>rflags> <rsize> <duration>");
  }

  private static int rcode(@Nullable Message message) {
    assertThat(message).isNotNull();
    return message.getRcode();
  }

  private static String data(@Nullable Message message) {
    assertThat(message).isNotNull();
    return message.getSection(Section.ANSWER).getFirst().rdataToString();
  }

  private @Nullable Message ask(String rules, Message query) throws Exception {
    return askOne(". {\n kubernetes cluster.local\n " + rules + "\n}", query);
  }

  private @Nullable Message askOne(String corefile, Message query) throws Exception {
    Files.writeString(
        folder.resolve("hosts"), "# comment\n192.0.2.8 db.test\n2001:db8::8%eth0 db.test\n");
    Path file = folder.resolve("Corefile");
    Files.writeString(file, corefile);
    DnsConfig config = DnsConfig.load(file);
    ClusterZone zone =
        new ClusterZone(ZoneOptions.of("cluster.local"), () -> Instant.ofEpochSecond(1), 1);
    ClusterModel model = new ClusterModel();
    model.service("default/web").clusterIp("10.0.0.1").port("http", "TCP", 80);
    zone.onSnapshot(model.step());
    ServerOptions options = ServerOptions.defaults();
    QueryHandler handler =
        new QueryHandler(
            zone,
            new Backend(config.rules(), null),
            new DnsMetrics(),
            options,
            new ClientGuard(options, () -> Instant.ofEpochSecond(1), () -> 0, new Random(1)),
            3);
    byte[] wire = query.toWire();
    int length =
        handler.handle(
            wire, wire.length, Client.of(Transport.UDP, InetAddress.getByName("198.51.100.7")));
    return length == QueryHandler.DROP
        ? null
        : new Message(Arrays.copyOf(handler.response(), length));
  }
}
