// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.dns.cluster.PodsMode;
import dev.fairway.dns.forward.CachePolicy;
import dev.fairway.dns.forward.ForwardRoute;
import dev.fairway.dns.forward.UpstreamAddress;
import dev.fairway.dns.forward.UpstreamGroup;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CorefileTest {
  private static final String KUBEADM =
      """
      .:53 {
          errors
          health {
             lameduck 5s
          }
          ready
          kubernetes cluster.local in-addr.arpa ip6.arpa {
             pods insecure
             fallthrough in-addr.arpa ip6.arpa
             ttl 30
          }
          prometheus :9153
          forward . resolv.conf {
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
      """;

  @TempDir Path folder;

  @BeforeEach
  void resolvConf() throws Exception {
    Files.writeString(
        folder.resolve("resolv.conf"), "nameserver 192.0.2.53\nnameserver 127.0.0.53\n");
  }

  @Test
  void kubeadm_isUnderstoodWhole() throws Exception {
    DnsConfig config = parse(KUBEADM);

    assertThat(config.warnings()).isEmpty();
    assertThat(config.listen()).containsExactly(new InetSocketAddress(53));
    KubernetesConfig kubernetes = Objects.requireNonNull(config.kubernetes());
    assertThat(kubernetes.zone().zone()).isEqualTo("cluster.local.");
    assertThat(kubernetes.zone().pods()).isEqualTo(PodsMode.INSECURE);
    assertThat(kubernetes.zone().ttl()).isEqualTo(30);
    assertThat(kubernetes.zone().reverseZones()).isEmpty();
    assertThat(config.process().health()).isEqualTo(new InetSocketAddress(8080));
    assertThat(config.process().lameduck()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.process().ready()).isEqualTo(new InetSocketAddress(8181));
    assertThat(config.process().metrics()).isEqualTo(new InetSocketAddress(9153));
    assertThat(config.process().reload()).isEqualTo(DnsConfig.Reload.DEFAULT);
    assertThat(config.process().errors().on()).isTrue();
    assertThat(config.rules().isPlain()).isTrue();
    ForwardRoute route = onlyRoute(config);
    assertThat(route.zone()).isEqualTo(".");
    assertThat(route.groups().getFirst().maxConcurrent()).isEqualTo(1000);
    assertThat(route.groups().getFirst().upstreams())
        .extracting(UpstreamAddress::toString)
        .containsExactly("192.0.2.53:53");
    assertThat(route.cache().positive())
        .isEqualTo(new CachePolicy.Bounds(0, 30, List.of(), List.of("cluster.local.")));
    assertThat(route.cache().negative())
        .isEqualTo(new CachePolicy.Bounds(0, 30, List.of(), List.of("cluster.local.")));
  }

  @Test
  void reverseZones_withoutFallthroughBelongToThisServer() throws Exception {
    DnsConfig config =
        parse(
            ". {\n kubernetes cluster.local in-addr.arpa 10.96.0.0/12 {\n"
                + "  fallthrough in-addr.arpa\n }\n}");

    assertThat(Objects.requireNonNull(config.kubernetes()).zone().reverseZones()).isEmpty();
    DnsConfig owned = parse(". {\n kubernetes cluster.local 10.0.0.0/8\n}");
    assertThat(Objects.requireNonNull(owned.kubernetes()).zone().reverseZones())
        .containsExactly("10.in-addr.arpa.");
  }

  @Test
  void forward_hasAllItsOptions() throws Exception {
    UpstreamGroup group =
        onlyRoute(
                parse(
                    """
                    . {
                      forward . 192.0.2.1 192.0.2.2:5353 [2001:db8::1]:53 2001:db8::2 {
                        except local.test
                        force_tcp
                        expire 20s
                        max_idle_conns 7
                        read_timeout 3s
                        max_fails 3
                        max_connect_attempts 5
                        policy sequential
                        health_check 2s no_rec domain example.org
                        max_concurrent 50
                        next NXDOMAIN
                        next_on_nodata
                        failfast_all_unhealthy_upstreams
                        failover SERVFAIL
                        source_address 192.0.2.200
                      }
                    }
                    """))
            .groups()
            .getFirst();

    assertThat(group.upstreams())
        .extracting(UpstreamAddress::toString)
        .containsExactly(
            "192.0.2.1:53",
            "192.0.2.2:5353",
            "[2001:db8:0:0:0:0:0:1]:53",
            "[2001:db8:0:0:0:0:0:2]:53");
    assertThat(group.policy()).isEqualTo(UpstreamGroup.Policy.SEQUENTIAL);
    assertThat(group.attemptTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(group.maxConcurrent()).isEqualTo(50);
    assertThat(group.health())
        .isEqualTo(new UpstreamGroup.Health(3, Duration.ofSeconds(2), false, "example.org"));
    assertThat(group.failover())
        .isEqualTo(new UpstreamGroup.Failover(Set.of(2), Set.of(3), true, true, 5));
    assertThat(group.connections().forceTcp()).isTrue();
    assertThat(group.connections().expire()).isEqualTo(Duration.ofSeconds(20));
    assertThat(group.connections().maxConnections()).isEqualTo(7);
    assertThat(Objects.requireNonNull(group.connections().source()).getHostAddress())
        .isEqualTo("192.0.2.200");
  }

  @Test
  void tlsUpstreams_haveTheirPortAndName() throws Exception {
    List<UpstreamAddress> upstreams =
        onlyRoute(
                parse(
                    """
                    . {
                      forward . tls://192.0.2.1 tls://192.0.2.2:8853 tls://192.0.2.3%b.test:1 {
                        tls_servername a.test
                      }
                    }
                    """))
            .groups()
            .getFirst()
            .upstreams();

    assertThat(upstreams)
        .extracting(UpstreamAddress::toString, UpstreamAddress::serverName)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("tls://192.0.2.1:853", "a.test"),
            org.assertj.core.groups.Tuple.tuple("tls://192.0.2.2:8853", "a.test"),
            org.assertj.core.groups.Tuple.tuple("tls://192.0.2.3:1", "b.test"));
  }

  @Test
  void cache_hasAllItsOptions() throws Exception {
    CachePolicy policy =
        onlyRoute(
                parse(
                    """
                    . {
                      forward . 192.0.2.1
                      cache 600 example.org {
                        success 5000 300 10
                        denial 2000 60
                        prefetch 3 2m 20%
                        serve_stale 2h verify 100ms 30s 10s
                        serve_stale_policy prefer_positive
                        servfail 10s
                        keepttl
                      }
                    }
                    """))
            .cache();

    assertThat(policy)
        .isEqualTo(
            new CachePolicy(
                new CachePolicy.Bounds(10, 300, List.of("example.org."), List.of()),
                new CachePolicy.Bounds(0, 60, List.of("example.org."), List.of()),
                10,
                new CachePolicy.Prefetch(3, Duration.ofMinutes(2), 20),
                new CachePolicy.Stale(
                    Duration.ofHours(2), Duration.ofMillis(100), 30, Duration.ofSeconds(10), true),
                true));
  }

  @Test
  void stubDomains_areRoutesOfTheirOwn() throws Exception {
    DnsConfig config =
        parse(
            """
            example.org example.net:53 {
              forward . 192.0.2.1
            }
            . {
              forward corp.test 192.0.2.2
              forward . 192.0.2.3
            }
            """);

    assertThat(Objects.requireNonNull(config.forward()).routes())
        .extracting(ForwardRoute::zone, route -> route.groups().getFirst().upstreams().toString())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("example.org.", "[192.0.2.1:53]"),
            org.assertj.core.groups.Tuple.tuple("example.net.", "[192.0.2.1:53]"),
            org.assertj.core.groups.Tuple.tuple(".", "[192.0.2.3:53]"),
            org.assertj.core.groups.Tuple.tuple("corp.test.", "[192.0.2.2:53]"));
  }

  @Test
  void nodeLocal_isUnderstoodWhole() throws Exception {
    DnsConfig config =
        parse(
            """
            cluster.local:53 {
                errors
                cache {
                        success 9984 30
                        denial 9984 5
                }
                reload
                loop
                bind 169.254.20.10 10.96.0.10
                forward . 10.96.0.11 {
                        force_tcp
                }
                prometheus :9253
                health 169.254.20.10:8080
                }
            in-addr.arpa:53 {
                errors
                cache 30
                reload
                loop
                bind 169.254.20.10 10.96.0.10
                forward . 10.96.0.11 {
                        force_tcp
                }
                prometheus :9253
                }
            ip6.arpa:53 {
                errors
                cache 30
                reload
                loop
                bind 169.254.20.10 10.96.0.10
                forward . 10.96.0.11 {
                        force_tcp
                }
                prometheus :9253
                }
            .:53 {
                errors
                cache 30
                reload
                loop
                bind 169.254.20.10 10.96.0.10
                forward . resolv.conf
                prometheus :9253
                }
            """);

    assertThat(config.kubernetes()).isNull();
    assertThat(config.listen())
        .containsExactly(
            new InetSocketAddress("169.254.20.10", 53), new InetSocketAddress("10.96.0.10", 53));
    assertThat(Objects.requireNonNull(config.forward()).routes())
        .extracting(ForwardRoute::zone)
        .containsExactly("cluster.local.", "in-addr.arpa.", "ip6.arpa.", ".");
    ForwardRoute cluster = config.forward().routes().getFirst();
    assertThat(cluster.groups().getFirst().connections().forceTcp()).isTrue();
    assertThat(cluster.cache().negative().maxTtl()).isEqualTo(5);
    assertThat(config.forward().cacheEntries()).isEqualTo(2 * 9984);
    assertThat(config.rules().blocks()).noneMatch(block -> block.cluster().asked());
  }

  @Test
  void snippetsFilesAndVariables_arePutInPlace() throws Exception {
    Files.writeString(folder.resolve("more.conf"), "forward . {$UPSTREAM}:{%PORT%} # a comment\n");
    DnsConfig config =
        parse(
            """
            (base) {
              errors
              import more.conf
            }
            a.test,
            b.test { # two zones
              import base
              cache
            }
            import *.blocks
            """,
            Map.of("UPSTREAM", "192.0.2.9", "PORT", "5300"));

    assertThat(Objects.requireNonNull(config.forward()).routes())
        .extracting(route -> route.zone() + route.groups().getFirst().upstreams())
        .containsExactly("a.test.[192.0.2.9:5300]", "b.test.[192.0.2.9:5300]");
  }

  static List<Arguments> faults() {
    return List.of(
        argumentSet("unknown plugin", ". {\n  geoip x\n}", "Corefile:2: geoip: is not supported"),
        argumentSet("view", ". {\n errors\n view v { }\n}", "Corefile:3: view: is not supported"),
        argumentSet(
            "unknown option",
            ". {\n forward . 192.0.2.1 {\n  maxconc 3\n }\n}",
            "Corefile:3: maxconc: is no option here (allowed: except, force_tcp"),
        argumentSet(
            "number",
            ". {\n forward . 192.0.2.1 {\n  max_concurrent many\n }\n}",
            "Corefile:3: max_concurrent: 'many' is not possible (allowed: 1 to 1000000)"),
        argumentSet("no upstream", ". {\n forward .\n}", "Corefile:2: forward: has 1 words"),
        argumentSet(
            "upstream is a name",
            ". {\n forward . dns.example.org\n}",
            "Corefile:2: forward: 'dns.example.org' is not possible (allowed: an IP address"),
        argumentSet(
            "too many upstreams",
            ". {\n forward ." + " 192.0.2.1".repeat(16) + "\n}",
            "names 16 upstreams (allowed: 1 to 15)"),
        argumentSet(
            "HTTPS upstream",
            ". {\n forward . https://192.0.2.1\n}",
            "'https://192.0.2.1' is not possible (allowed: dns:// or tls:// before an address)"),
        argumentSet(
            "TTL -1",
            ". {\n kubernetes cluster.local {\n  ttl -1\n }\n}",
            "ttl: '-1' is not possible (allowed: 0 to 3600)"),
        argumentSet(
            "TTL 3601",
            ". {\n kubernetes cluster.local {\n  ttl 3601\n }\n}",
            "ttl: '3601' is not possible (allowed: 0 to 3600)"),
        argumentSet(
            "pods",
            ". {\n kubernetes cluster.local {\n  pods some\n }\n}",
            "'some' is not possible (allowed: disabled, insecure or verified)"),
        argumentSet(
            "namespaces twice",
            ". {\n kubernetes c.local {\n  namespaces a\n  namespace_labels b=c\n }\n}",
            "has both namespaces and namespace_labels"),
        argumentSet(
            "only reverse zones",
            ". {\n kubernetes 10.0.0.0/8\n}",
            "needs one zone that is not reverse, not none"),
        argumentSet("brace open", ". {\n errors\n", "Corefile:1: .: the brace is not closed"),
        argumentSet("brace missing", ".\nerrors\n", "needs '{' at the end of its first line"),
        argumentSet("quote open", ". {\n nsid \"x\n}", "the quote is not closed"),
        argumentSet("import of nothing", "import nope\n", "'nope' is no snippet"),
        argumentSet("import loop", "(a) {\n import a\n}\nimport a\n", "more than 1000 imports"),
        argumentSet(
            "zone twice",
            ". {\n}\n.:53 {\n}\n",
            "Corefile:3: .:53: zone . has another server block"),
        argumentSet(
            "other port",
            "a.test {\n}\nb.test:54 {\n}\n",
            "must have the same addresses and ports"),
        argumentSet("TLS server", "tls://. {\n}", "needs 'tls CERTIFICATE KEY'"),
        argumentSet("gRPC server", "grpc://. {\n}", "dns, tls, https, https3 or quic:// before it"),
        argumentSet("directive twice", ". {\n cache\n cache\n}", "Corefile:3: cache: stands twice"),
        argumentSet(
            "prefetch",
            ". {\n cache {\n  prefetch 1 1m 5%\n }\n}",
            "prefetch: '5%' is not possible (allowed: 10% to 90%)"),
        argumentSet(
            "stale mode",
            ". {\n cache {\n  serve_stale 1h later\n }\n}",
            "'later' is not possible (allowed: immediate or verify)"),
        argumentSet(
            "failover of NOERROR",
            ". {\n forward . 192.0.2.1 {\n  failover NOERROR\n }\n}",
            "'NOERROR' is not possible"),
        argumentSet(
            "bufsize", ". {\n bufsize 100\n}", "'100' is not possible (allowed: 512 to 4096)"),
        argumentSet("pattern", ". {\n errors {\n  consolidate 5m ( warning\n }\n}", "RE2 syntax"),
        argumentSet("nothing", "# only a comment\n", "Corefile:1: file: has no server block"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_isNamedWithItsPlaceAndWhatIsAllowed(String text, String expected) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void allFaults_areToldAtOnce() {
    assertThatThrownBy(() -> parse(". {\n view x\n bufsize 1\n}"))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems()).hasSize(2));
  }

  @Test
  void loopbackUpstreams_areLeftOutWithAWarning() throws Exception {
    Files.writeString(folder.resolve("stub.conf"), "nameserver 127.0.0.53\n");

    DnsConfig config = parse(". {\n forward . stub.conf\n}");

    // Where systemd-resolved runs, its own list of servers is taken instead.
    boolean resolved = Files.exists(Path.of("/run/systemd/resolve/resolv.conf"));
    assertThat(config.warnings()).hasSize(resolved ? 0 : 1);
    assertThat(onlyRoute(config).groups()).hasSize(resolved ? 1 : 0);
  }

  private DnsConfig parse(String text) throws ConfigException {
    return parse(text, Map.of());
  }

  private DnsConfig parse(String text, Map<String, String> environment) throws ConfigException {
    return DnsConfig.parse(folder.resolve("Corefile"), text, environment::get);
  }

  private static ForwardRoute onlyRoute(DnsConfig config) {
    assertThat(Objects.requireNonNull(config.forward()).routes()).hasSize(1);
    return config.forward().routes().getFirst();
  }
}
