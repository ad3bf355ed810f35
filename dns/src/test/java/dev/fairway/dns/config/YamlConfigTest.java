// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class YamlConfigTest {
  @Test
  void yaml_saysTheSameAsACorefile() throws Exception {
    DnsConfig yaml =
        parse(
            "dns.yaml",
            """
            health: {address: ":8080", lameduck: 5s}
            ready: true
            prometheus: {address: ":9153"}
            reload: {interval: 10s, jitter: 2s}
            errors: true
            servers:
              - zones: [.]
                port: 1053
                kubernetes:
                  zones: [cluster.local, in-addr.arpa, ip6.arpa]
                  pods: insecure
                  ttl: 30
                  fallthrough: [in-addr.arpa, ip6.arpa]
                forward:
                  to: [192.0.2.1, "192.0.2.2:5353"]
                  maxConcurrent: 1000
                  policy: sequential
                  failfastAllUnhealthyUpstreams: true
                  preferUdp: false
                cache:
                  ttl: 30
                  success: {capacity: 5000, ttl: 20, minTtl: 5}
                  serveStale: {duration: 1h, mode: immediate, ttl: 30s}
                  prefetch: {amount: 2, duration: 1m, percentage: 20%}
                acl:
                  rules:
                    - block type A net 10.9.0.0/16
                    - allow
                rewrite:
                  - name old.test new.test
                  - continue ttl suffix .test 30-300
                minimal: true
              - zones: [corp.test]
                port: 1053
                forward: {to: 192.0.2.9}
            """);
    DnsConfig corefile =
        parse(
            "Corefile",
            """
            .:1053 {
              health :8080 {
                lameduck 5s
              }
              ready
              prometheus :9153
              reload 10s 2s
              errors
              kubernetes cluster.local in-addr.arpa ip6.arpa {
                pods insecure
                ttl 30
                fallthrough in-addr.arpa ip6.arpa
              }
              forward . 192.0.2.1 192.0.2.2:5353 {
                max_concurrent 1000
                policy sequential
                failfast_all_unhealthy_upstreams
              }
              cache 30 {
                success 5000 20 5
                serve_stale 1h immediate 30s
                prefetch 2 1m 20%
              }
              acl {
                block type A net 10.9.0.0/16
                allow
              }
              rewrite name old.test new.test
              rewrite continue ttl suffix .test 30-300
              minimal
            }
            corp.test:1053 {
              forward . 192.0.2.9
            }
            """);

    assertThat(yaml.listen()).isEqualTo(corefile.listen());
    assertThat(yaml.kubernetes()).isEqualTo(corefile.kubernetes());
    assertThat(yaml.forward()).isEqualTo(corefile.forward());
    assertThat(yaml.process()).isEqualTo(corefile.process());
    assertThat(yaml.rules().blocks()).hasSize(2);
    assertThat(yaml.rules().blocks().getLast().rewrites())
        .isEqualTo(corefile.rules().blocks().getLast().rewrites())
        .hasSize(2);
    assertThat(yaml.rules().blocks().getLast().answers().minimal()).isTrue();
  }

  static List<Arguments> faults() {
    return List.of(
        argumentSet("not YAML", "servers: [", "dns.yaml:1: YAML:"),
        argumentSet("no mapping", "- a\n", "the file must be a mapping with 'servers'"),
        argumentSet("empty", "", "the file must be a mapping with 'servers'"),
        argumentSet("no server", "errors: true\n", "servers: at least one server is needed"),
        argumentSet("unknown key at the top", "a: 1\nservers: [{}]\n", "dns.yaml:1: a: is no key"),
        argumentSet(
            "unknown key",
            "servers:\n  - zones: .\n    geoip: x\n",
            "dns.yaml:3: servers[0].geoip: is not supported"),
        argumentSet(
            "unknown option",
            "servers:\n  - forward:\n      to: 192.0.2.1\n      maxConc: 3\n",
            "dns.yaml:4: servers[0].forward.maxConc: is no option here"),
        argumentSet(
            "value",
            "servers:\n  - forward:\n      to: 192.0.2.1\n      maxConcurrent: many\n",
            "dns.yaml:4: servers[0].forward.maxConcurrent: 'many' is not possible"
                + " (allowed: 1 to 1000000)"),
        argumentSet(
            "upstream", "servers:\n  - forward: {to: nowhere.test}\n", "'nowhere.test' is not"),
        argumentSet("twice", "servers:\n  - cache: true\n    cache: true\n", "stands there twice"),
        argumentSet(
            "an anchor in itself",
            "servers: &a\n  - zones: .\n    acl: {rules: *a}\n",
            "dns.yaml:"),
        argumentSet("server is text", "servers: [x]\n", "servers[0]: must be a mapping"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_isNamedWithItsLineAndKey(String text, String expected) {
    assertThatThrownBy(() -> parse("dns.yaml", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void processKeys_haveTheirDefaults() throws Exception {
    DnsConfig config = parse("dns.yml", "servers: [{errors: true}]\n");

    assertThat(config.process().health()).isNull();
    assertThat(config.process().reload()).isNull();
    assertThat(config.process().errors().consolidated()).isEmpty();
    assertThat(config.listen()).hasSize(1);
  }

  private static DnsConfig parse(String name, String text) throws ConfigException {
    return DnsConfig.parse(Path.of("/nowhere", name), text, Map.<String, String>of()::get);
  }
}
