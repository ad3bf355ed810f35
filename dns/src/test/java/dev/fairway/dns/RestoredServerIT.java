// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** A server that knows what the one before it knew, before the API server is heard. */
class RestoredServerIT {
  private static final int STALE_ANSWER = 3;
  private static final int NOT_READY = 14;
  private static final int NONE = -1;

  private final ClusterModel model = new ClusterModel();
  private DnsServer server;

  @BeforeEach
  void start() throws IOException {
    model.service("default/stays").clusterIp("127.96.0.10").port("http", "TCP", 80);
    model.service("default/goes").clusterIp("127.96.0.11").port("http", "TCP", 80);
    server = TestServers.start(TestServers.options());
    server.restore(new ClusterModel(model).step().after());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private record Answer(int rcode, int records, int extendedError) {}

  private Answer ask(String service) throws IOException {
    Message query = TestClient.question(service + ".default.svc.cluster.local. A");
    query.addRecord(new OPTRecord(1232, 0, 0, 0), Section.ADDITIONAL);
    Message response = TestClient.udp(server.address(), query);
    int extended = NONE;
    OPTRecord opt = response.getOPT();
    if (opt != null
        && opt.getOptions().stream()
                .filter(ExtendedErrorCodeOption.class::isInstance)
                .findAny()
                .orElse(null)
            instanceof ExtendedErrorCodeOption option) {
      extended = option.getErrorCode();
    }
    return new Answer(response.getRcode(), response.getSection(Section.ANSWER).size(), extended);
  }

  @Test
  void knownNames_areAnsweredAndMarked() throws IOException {
    assertThat(ask("stays")).isEqualTo(new Answer(Rcode.NOERROR, 1, STALE_ANSWER));
    assertThat(server.isReady()).isTrue();
    assertThat(server.isStale()).isTrue();
  }

  @Test
  void unknownNames_failUntilTheOldStateIsTrusted() throws IOException {
    assertThat(ask("new")).isEqualTo(new Answer(Rcode.SERVFAIL, 0, NOT_READY));
    server.trustRestored();
    assertThat(ask("new")).isEqualTo(new Answer(Rcode.NXDOMAIN, 0, STALE_ANSWER));
    assertThat(ask("stays")).isEqualTo(new Answer(Rcode.NOERROR, 1, STALE_ANSWER));
  }

  @Test
  void firstSnapshot_replacesWhatWasRestored() throws IOException {
    model.remove("default/goes");
    model.service("default/new").clusterIp("127.96.0.12").port("http", "TCP", 80);
    server.onSnapshot(model.step());
    for (String there : List.of("stays", "new")) {
      assertThat(ask(there)).isEqualTo(new Answer(Rcode.NOERROR, 1, NONE));
    }
    assertThat(ask("goes")).isEqualTo(new Answer(Rcode.NXDOMAIN, 0, NONE));
    assertThat(server.isStale()).isFalse();
  }

  @Test
  void serverWithAStateFile_answersWhatTheOneBeforeItKnew(@TempDir Path folder) throws IOException {
    server.close();
    DnsOptions options = TestServers.options().withStateFile(folder.resolve("names"));
    try (DnsServer before = TestServers.start(options)) {
      assertThat(before.isReady()).isFalse();
      before.onSnapshot(model.step());
      assertThat(before.isStale()).isFalse();
    }
    server = TestServers.start(options);
    assertThat(ask("stays")).isEqualTo(new Answer(Rcode.NOERROR, 1, STALE_ANSWER));
    assertThat(server.metrics().prometheus()).contains("fairway_dns_stale 1");
    server.onSnapshot(new ClusterModel(model).step());
    assertThat(ask("stays")).isEqualTo(new Answer(Rcode.NOERROR, 1, NONE));
    assertThat(server.metrics().prometheus()).doesNotContain("fairway_dns_stale");
  }

  @Test
  void serverWithADamagedStateFile_startsWithoutIt(@TempDir Path folder) throws IOException {
    server.close();
    Path file = Files.writeString(folder.resolve("names"), "what is this?");
    server = TestServers.start(TestServers.options().withStateFile(file));
    assertThat(server.isReady()).isFalse();
    assertThat(ask("stays")).isEqualTo(new Answer(Rcode.SERVFAIL, 0, NOT_READY));
  }

  @Test
  void whatComesTooLate_isNotRestored() throws IOException {
    server.onSnapshot(model.remove("default/goes").step());
    model.service("default/goes").clusterIp("127.96.0.11").port("http", "TCP", 80);
    server.restore(new ClusterModel(model).step().after());
    server.trustRestored();
    assertThat(ask("goes")).isEqualTo(new Answer(Rcode.NXDOMAIN, 0, NONE));
  }
}
