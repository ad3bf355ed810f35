// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.metrics.DnsMetrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {
  @TempDir Path folder;

  @Test
  void change_isHandedOnOnce() throws Exception {
    Path file = folder.resolve("Corefile");
    Files.writeString(file, ". {\n errors\n}");
    DnsMetrics metrics = new DnsMetrics();
    List<DnsConfig> applied = new ArrayList<>();
    try (ConfigWatch watch = new ConfigWatch(file, metrics.forward(), applied::add)) {
      assertThat(watch.look()).describedAs("nothing new").isFalse();

      Files.writeString(file, ". {\n errors\n bufsize 512\n}");
      assertThat(watch.look()).isTrue();
      assertThat(watch.look()).isFalse();

      assertThat(applied)
          .singleElement()
          .satisfies(config -> assertThat(config.process().maxUdpPayload()).isEqualTo(512));
      assertThat(metrics.prometheus()).contains("fairway_dns_reloads_total 1\n");
    }
  }

  @Test
  void unusableFile_keepsWhatIsInForceAndIsReportedOnce() throws Exception {
    Path file = folder.resolve("Corefile");
    Files.writeString(file, ". {\n errors\n}");
    DnsMetrics metrics = new DnsMetrics();
    List<DnsConfig> applied = new ArrayList<>();
    try (ConfigWatch watch = new ConfigWatch(file, metrics.forward(), applied::add)) {
      Files.writeString(file, ". {\n nonsense\n}");
      watch.look();
      watch.look();
      assertThat(applied).isEmpty();
      assertThat(metrics.prometheus()).contains("coredns_reload_failed_total 1\n");

      Files.delete(file);
      watch.look();
      assertThat(metrics.prometheus()).contains("coredns_reload_failed_total 2\n");

      Files.writeString(file, ". {\n errors\n}");
      assertThat(watch.look()).isTrue();
      assertThat(applied).hasSize(1);
    }
  }

  @Test
  void configurationThatCannotBeApplied_countsAsFailed() throws Exception {
    Path file = folder.resolve("Corefile");
    Files.writeString(file, ". {\n errors\n}");
    DnsMetrics metrics = new DnsMetrics();
    try (ConfigWatch watch =
        new ConfigWatch(
            file,
            metrics.forward(),
            config -> {
              throw new IllegalStateException("no");
            })) {
      Files.writeString(file, ". {\n errors\n loop\n}");
      watch.look();
      assertThat(metrics.prometheus()).contains("coredns_reload_failed_total 1\n");
    }
  }
}
