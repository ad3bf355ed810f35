// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.config.DnsConfig;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fairway dns --config}: what a Corefile says takes effect, also when it changes. */
class DnsConfigIT {
  private static final List<InetSocketAddress> LISTEN =
      List.of(new InetSocketAddress("127.0.0.1", 0));

  @TempDir static Path folder;
  private static TestApi api;
  private static TestUpstream upstream;

  @BeforeAll
  static void start() throws Exception {
    api = TestApi.start(folder.resolve("api"));
    upstream = new TestUpstream();
    api.create(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web, labels: {tier: front}}
        spec: {clusterIP: 127.96.0.10, ports: [{name: http, port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: db}
        spec: {clusterIP: 127.96.0.11, ports: [{name: sql, port: 5432}]}
        """);
  }

  @AfterAll
  static void stop() throws IOException {
    upstream.close();
    api.close();
  }

  @Test
  void theCorefileOfKubeadmIsTakenAsItIs() throws Exception {
    try (DnsDaemon daemon =
        daemon(
            """
            .:53 {
                errors
                health 127.0.0.1:0 {
                   lameduck 5ms
                }
                ready 127.0.0.1:0
                kubernetes cluster.local in-addr.arpa ip6.arpa {
                   pods insecure
                   fallthrough in-addr.arpa ip6.arpa
                   ttl 30
                }
                prometheus 127.0.0.1:0
                forward . %s {
                   max_concurrent 1000
                }
                cache 30 {
                   disable success cluster.local
                   disable denial cluster.local
                }
                loop
                reload
                loadbalance
            }
            """)) {
      assertThat(ask(daemon, "web.default.svc.cluster.local. A")).isEqualTo("NOERROR 127.96.0.10");
      assertThat(ask(daemon, "a.ext.test. A")).isEqualTo("NOERROR 192.0.2.1");
      assertThat(ask(daemon, "10-1-2-3.default.pod.cluster.local. A"))
          .isEqualTo("NOERROR 10.1.2.3");
      assertThat(ask(daemon, "10.0.96.127.in-addr.arpa. PTR"))
          .isEqualTo("NOERROR web.default.svc.cluster.local.");
      assertThat(daemon.healthAddress()).isNotNull();
      assertThat(daemon.readyAddress()).isNotNull();
      assertThat(daemon.metricsAddress()).isNotNull();
    }
  }

  @Test
  void withoutAClusterInTheFile_namesAreForwardedAndNoApiServerIsAsked() throws Exception {
    Path file = folder.resolve("forwarder");
    Files.writeString(
        file, ".:53 {\n    forward . 127.0.0.1:" + upstream.address().getPort() + "\n}\n");
    DnsConfig config = DnsConfig.load(file);
    try (DnsDaemon daemon =
        DnsDaemon.start(
            DnsSetup.options(file, config, LISTEN), DnsSetup.connect(null, config, Map.of()))) {
      assertThat(daemon.awaitListening()).isTrue();
      assertThat(ask(daemon, "a.ext.test. A")).isEqualTo("NOERROR 192.0.2.1");
      assertThat(ask(daemon, "web.default.svc.cluster.local. A")).isEqualTo("NXDOMAIN");
    }
  }

  @Test
  void labels_chooseTheServicesThatHaveNames() throws Exception {
    try (DnsDaemon daemon =
        daemon(
            """
            .:53 {
                kubernetes cluster.local {
                    labels tier=front
                }
            }
            """)) {
      assertThat(ask(daemon, "web.default.svc.cluster.local. A")).isEqualTo("NOERROR 127.96.0.10");
      assertThat(ask(daemon, "db.default.svc.cluster.local. A")).isEqualTo("NXDOMAIN");
    }
  }

  @Test
  void podsVerified_haveNamesFromTheTimeTheyHaveAnAddressToTheirEnd() throws Exception {
    try (DnsDaemon daemon =
        daemon(
            """
            .:53 {
                kubernetes cluster.local {
                    pods verified
                }
            }
            """)) {
      String name = "10-244-7-7.default.pod.cluster.local. A";
      assertThat(ask(daemon, name)).isEqualTo("NXDOMAIN");
      api.create(
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: p}
          spec: {nodeName: n, containers: [{name: c, image: i}]}
          """);
      api.client()
          .patch(
              Resource.PODS,
              "default",
              "p",
              "status",
              PatchType.MERGE,
              KubeCodec.yamlDocuments(
                      "status: {phase: Running, podIP: 10.244.7.7, podIPs: [{ip: 10.244.7.7}]}")
                  .getFirst());
      awaitAnswer(daemon, name, "NOERROR 10.244.7.7");
      api.client().delete(Resource.PODS, "default", "p", DeleteOptions.grace(0));
      awaitAnswer(daemon, name, "NXDOMAIN");
    }
  }

  @Test
  void aFileThatChanges_takesEffectWhileNamesAreAnswered() throws Exception {
    String text =
        """
        .:53 {
            kubernetes cluster.local
            hosts {
                192.0.2.%d own.name.test
                fallthrough
            }
            reload 2s 1s
        }
        """;
    Path file = folder.resolve("reloaded");
    Files.writeString(file, text.formatted(1));
    try (DnsDaemon daemon = daemon(file)) {
      assertThat(ask(daemon, "own.name.test. A")).isEqualTo("NOERROR 192.0.2.1");
      Files.writeString(file, text.formatted(2));
      awaitAnswer(daemon, "own.name.test. A", "NOERROR 192.0.2.2");
      assertThat(ask(daemon, "web.default.svc.cluster.local. A")).isEqualTo("NOERROR 127.96.0.10");
    }
  }

  private static DnsDaemon daemon(String corefile) throws Exception {
    Path file = Files.createTempFile(folder, "Corefile", "");
    Files.writeString(file, corefile.replace("%s", "127.0.0.1:" + upstream.address().getPort()));
    return daemon(file);
  }

  private static DnsDaemon daemon(Path file) throws Exception {
    DnsConfig config = DnsConfig.load(file);
    assertThat(config.warnings()).isEmpty();
    DnsDaemon daemon = DnsDaemon.start(DnsSetup.options(file, config, LISTEN), api.transport());
    daemon.awaitListening();
    return daemon;
  }

  private static String ask(DnsDaemon daemon, String question) throws IOException {
    return DnsClient.brief(DnsClient.ask(daemon.addresses().getFirst(), question));
  }

  private static void awaitAnswer(DnsDaemon daemon, String question, String wanted)
      throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    String answer = ask(daemon, question);
    while (!answer.equals(wanted)) {
      assertThat(System.nanoTime()).as(question + " is " + answer).isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      answer = ask(daemon, question);
    }
  }
}
