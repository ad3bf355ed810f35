// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever stands in a file: it is understood, or refused with words, and never anything else. */
class ConfigFuzzTest {
  private static final String COREFILE =
      """
      (snippet) {
        errors {
          consolidate 5m "timeout$" warning show_first
        }
      }
      .:53 example.org 10.0.0.0/8 {
        import snippet
        health :8080 {
          lameduck 5s
        }
        ready {
          monitor continuously
        }
        kubernetes cluster.local in-addr.arpa {
          pods verified
          fallthrough in-addr.arpa
          ttl 30
          namespaces a b
        }
        autopath @kubernetes
        forward . 192.0.2.1 tls://192.0.2.2%name.test:853 {
          max_concurrent 1000
          policy sequential
          health_check 1s no_rec domain example.org
          failover SERVFAIL REFUSED
        }
        cache 30 {
          success 5000 20 5
          prefetch 2 1m 20%
          serve_stale 1h verify 100ms 30s 10s
          disable denial cluster.local
        }
        rewrite continue name regex (.*)-x\\.test {1}.y.test answer auto
        rewrite ttl suffix .test 30-300
        hosts {
          192.0.2.7 inline.test
          fallthrough
        }
        acl {
          block type A net 10.0.0.0/8
          allow
        }
        template IN A ip.test {
          match ^ip-(?P<a>[0-9]+)
          answer "{{ .Name }} 60 IN A 10.0.0.{{ .Group.a }}"
        }
        log . {combined} {
          class denial error
        }
        reload 10s 2s
        bufsize 1232
      }
      """;

  private static final String YAML =
      """
      health: {address: ":8080", lameduck: 5s}
      servers:
        - zones: [., example.org]
          port: 53
          kubernetes: {zones: [cluster.local], pods: insecure, ttl: 30}
          forward: {to: [192.0.2.1], maxConcurrent: 10, healthCheck: {interval: 1s, options: no_rec}}
          cache: {ttl: 30, success: {capacity: 10, ttl: 20, minTtl: 5}}
          acl: {rules: [block net 10.0.0.0/8, allow]}
          rewrite: [name a.test b.test, "ttl suffix .test 30-"]
          template: {class: IN, type: A, match: "^a", answer: "{{ .Name }} A 10.0.0.1"}
      """;

  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "\"",
          "#",
          "\n",
          " ",
          "-1",
          "0",
          "99999999999999999999",
          "{$X}",
          "{%",
          "import",
          "(a)",
          "*",
          "[",
          "]",
          ":",
          ",",
          "&a",
          "*a",
          "<<:",
          "tls://",
          "%",
          "/",
          "..",
          "\\",
          "é",
          "\u0000",
          "1h",
          "5.5.5s",
          "TYPE70000",
          "::",
          "[::1",
          "{{",
          "}}",
          "{1}");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"Corefile", "dns.yaml"})
  void file_isUnderstoodOrRefusedWithWords(String name) {
    String whole = name.equals("Corefile") ? COREFILE : YAML;
    Random random = new Random(20);
    int understood = 0;
    for (int round = 0; round < 1500; round++) {
      String text = change(whole, random);
      try {
        DnsConfig.parse(folder.resolve(name), text, Map.of("X", "y")::get);
        understood++;
      } catch (ConfigException e) {
        assertThat(e.problems()).isNotEmpty().allMatch(problem -> problem.startsWith(name));
      } catch (RuntimeException | StackOverflowError e) {
        fail("round " + round + ":\n" + text, e);
      }
    }
    assertThat(understood).describedAs("texts that were understood").isBetween(1, 1499);
  }

  private static String change(String whole, Random random) {
    List<String> lines = new ArrayList<>(whole.lines().toList());
    for (int n = random.nextInt(4); n >= 0; n--) {
      int line = random.nextInt(lines.size());
      String text = lines.get(line);
      int at = random.nextInt(text.length() + 1);
      switch (random.nextInt(6)) {
        case 0 -> lines.set(line, "");
        case 1 -> lines.add(line, lines.get(random.nextInt(lines.size())));
        case 2 -> lines.set(line, text.substring(0, at));
        case 3 -> {
          String[] words = text.strip().split(" ");
          words[random.nextInt(words.length)] = PIECES.get(random.nextInt(PIECES.size()));
          lines.set(line, String.join(" ", words));
        }
        default ->
            lines.set(
                line,
                text.substring(0, at)
                    + PIECES.get(random.nextInt(PIECES.size()))
                    + text.substring(at));
      }
    }
    return String.join("\n", lines);
  }
}
