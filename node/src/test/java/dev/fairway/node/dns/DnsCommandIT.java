// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Jvm;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fairway dns} as a process: its first line, its end, and what it says if it cannot. */
class DnsCommandIT {
  private static final Pattern READY = Pattern.compile("DNS for .* on \\[/127.0.0.1:(\\d+)].*");

  @TempDir private Path folder = Path.of("");

  @Test
  void sigtermEndsItCleanlyAfterTheLameduck() throws Exception {
    Process dns = start("127.0.0.1:0", "--lameduck", "50ms");
    try {
      String line = dns.inputReader(StandardCharsets.UTF_8).readLine();
      Matcher ready = READY.matcher(String.valueOf(line));
      assertThat(ready.matches()).as(line + errors()).isTrue();
      InetSocketAddress address =
          new InetSocketAddress("127.0.0.1", Integer.parseInt(ready.group(1)));
      assertThat(DnsClient.brief(DnsClient.ask(address, "own.test. A")))
          .isEqualTo("NOERROR 192.0.2.7");
      dns.destroy();
      assertThat(dns.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(dns.exitValue()).as(errors()).isZero();
    } finally {
      dns.destroyForcibly().waitFor();
    }
  }

  @Test
  void anAddressThatIsTakenIsExitCode1AndSaidInOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      Process dns = start("127.0.0.1:" + taken.getLocalPort());
      try {
        assertThat(dns.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(dns.exitValue()).isEqualTo(1);
        assertThat(errors().lines().filter(line -> line.startsWith("fairway dns: ")))
            .singleElement()
            .asString()
            .contains("cannot listen on", ":" + taken.getLocalPort());
      } finally {
        dns.destroyForcibly().waitFor();
      }
    }
  }

  private Process start(String listen, String... more) throws IOException {
    Path corefile =
        Files.writeString(
            folder.resolve("Corefile"), ".:53 {\n hosts {\n 192.0.2.7 own.test\n }\n}\n");
    List<String> command =
        new ArrayList<>(
            Jvm.command(
                "dev.fairway.node.Main",
                "dns",
                "--config",
                corefile.toString(),
                "--listen",
                listen));
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command).redirectError(folder.resolve("errors").toFile()).start();
    process.getOutputStream().close();
    return process;
  }

  private String errors() throws IOException {
    return Files.readString(folder.resolve("errors"));
  }
}
