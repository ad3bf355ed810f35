// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.DnsServer;
import dev.fairway.dns.TestClient;
import dev.fairway.dns.TestServers;
import dev.fairway.dns.cluster.ClusterPods;
import dev.fairway.dns.config.DnsConfig;
import dev.fairway.service.IpAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A search path that is cut short by the server: whole, over sockets, from a Corefile. */
class AutopathIT {
  @TempDir Path folder;

  private FakeUpstream upstream;
  private @Nullable DnsServer started;

  @BeforeEach
  void start() throws Exception {
    upstream =
        new FakeUpstream((query, tcp) -> {
          String name =
              query.getQuestion().getName().toString(true).toLowerCase(java.util.Locale.ROOT);
          if (!name.startsWith("www.")) {
            return List.of(FakeUpstream.response(query, Rcode.NXDOMAIN).toWire());
          }
          return List.of(
              (query.getQuestion().getType() == Type.A
                      ? FakeUpstream.response(query, Rcode.NOERROR, name + ". 300 A 192.0.2.1")
                      : FakeUpstream.response(query, Rcode.NOERROR))
                  .toWire());
        });
  }

  @AfterEach
  void stop() throws Exception {
    if (started != null) {
      started.close();
    }
    upstream.close();
  }

  @Test
  void firstQuestionOfAPodsPath_getsTheAnswerOfTheLast() throws Exception {
    serve("autopath @kubernetes", "default", "127.0.0.1");

    for (int i = 0; i < 2; i++) {
      Message response = ask("www.example.org.default.svc.cluster.local. A");
      assertThat(response.getRcode()).isEqualTo(Rcode.NOERROR);
      assertThat(data(response)).containsExactly("www.example.org.", "192.0.2.1");
      assertThat(response.getHeader().getFlag(Flags.AA)).isTrue();
    }
    assertThat(server().metrics().prometheus()).contains("coredns_autopath_success_total 2\n");
  }

  /** Both questions of a resolver must end at the same step of its path. */
  @Test
  void otherType_endsAtTheSameStepWithoutRecords() throws Exception {
    serve("autopath @kubernetes", "default", "127.0.0.1");

    Message response = ask("www.example.org.default.svc.cluster.local. AAAA");

    assertThat(response.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(data(response)).containsExactly("www.example.org.");
  }

  @Test
  void nameThatNobodyHas_isDeniedAsEver() throws Exception {
    serve("autopath @kubernetes", "default", "127.0.0.1");

    Message response = ask("nope.example.org.default.svc.cluster.local. A");

    assertThat(response.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(response.getSection(Section.ANSWER)).isEmpty();
    assertThat(response.getSection(Section.AUTHORITY)).hasSize(1);
  }

  @Test
  void withoutTheOption_nothingIsAsked() throws Exception {
    serve("", "default", "127.0.0.1");

    assertThat(ask("www.example.org.default.svc.cluster.local. A").getRcode())
        .isEqualTo(Rcode.NXDOMAIN);
    assertThat(upstream.seen()).isEmpty();
  }

  @Test
  void clientThatIsNoPodOfTheNamespace_walksItself() throws Exception {
    serve("autopath @kubernetes", "default", "127.0.0.9");

    assertThat(ask("www.example.org.default.svc.cluster.local. A").getRcode())
        .isEqualTo(Rcode.NXDOMAIN);
    assertThat(ask("www.example.org.kube-system.svc.cluster.local. A").getRcode())
        .isEqualTo(Rcode.NXDOMAIN);
    assertThat(upstream.seen()).isEmpty();
  }

  @Test
  void laterStepsOfThePath_andSingleLabels_areLeftAlone() throws Exception {
    serve("autopath @kubernetes", "default", "127.0.0.1");

    for (String name :
        List.of(
            "www.example.org.svc.cluster.local.",
            "www.example.org.cluster.local.",
            "www.default.svc.cluster.local.",
            "www.other.svc.cluster.local.default.svc.cluster.local.")) {
      assertThat(ask(name + " A").getRcode()).describedAs(name).isEqualTo(Rcode.NXDOMAIN);
    }
    assertThat(upstream.seen()).isEmpty();
  }

  /** CVE-2022-2835, CVE-2022-2837: what the path itself would find comes before the outside. */
  @Test
  void serviceOnThePath_isNotPassedOver() throws Exception {
    serve("autopath @kubernetes", "default", "127.0.0.1");

    assertThat(ask("web.other.default.svc.cluster.local. A").getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(data(ask("web.other.svc.cluster.local. A"))).containsExactly("127.96.0.11");
    assertThat(upstream.seen()).isEmpty();
  }

  @Test
  void nameThatTheClientMayNotAsk_isNotFoundOnThePathEither() throws Exception {
    serve(
        "autopath @kubernetes\n acl example.org {\n block net 127.0.0.1\n }",
        "default",
        "127.0.0.1");

    assertThat(ask("www.example.org. A").getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(ask("www.example.org.default.svc.cluster.local. A").getRcode())
        .isEqualTo(Rcode.NXDOMAIN);
    assertThat(data(ask("www.example.net.default.svc.cluster.local. A")))
        .containsExactly("www.example.net.", "192.0.2.1");
  }

  private void serve(String line, String namespace, String podAddress) throws Exception {
    Path file = folder.resolve("Corefile");
    Files.writeString(
        file,
        """
        . {
          kubernetes cluster.local {
            pods verified
          }
          %s
          forward . 127.0.0.1:%d
          cache
        }
        """
            .formatted(line, upstream.address().getPort()));
    DnsServer server =
        TestServers.start(
            DnsConfig.load(file).options(List.of(TestServers.anyPort()), TestServers.options()));
    started = server;
    ClusterModel model = TestServers.web();
    model.service("other/web").clusterIp("127.96.0.11");
    server.onSnapshot(model.step());
    server
        .pods()
        .replace(
            List.of(
                new ClusterPods.Pod(namespace, "client", List.of(IpAddress.parse(podAddress)))));
  }

  private DnsServer server() {
    return Objects.requireNonNull(started);
  }

  private Message ask(String question) throws Exception {
    return TestClient.udp(server().address(), question);
  }

  private static List<String> data(Message message) {
    List<String> data = new ArrayList<>();
    message.getSection(Section.ANSWER).forEach(record -> data.add(record.rdataToString()));
    return data;
  }
}
