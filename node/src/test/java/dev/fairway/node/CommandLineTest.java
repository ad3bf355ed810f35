// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the command line accepts and says. Nothing here starts a cluster. */
final class CommandLineTest {
  private record Run(int code, String out, String err) {}

  @TempDir Path folder;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "unknown flag        | up --nope             | Unknown option: '--nope'",
        "unknown command     | upp                   | Unmatched argument at index 0: 'upp'",
        "port is text        | up --api-port x       | 'x': expected a port from 0",
        "port is too high    | up --dns-port 65536   | '65536': expected a port from 0",
        "port is negative    | up --http-port=-1     | '-1': expected a port from 0",
        "port is missing     | up --https-port       | Missing required parameter",
        "no nodes            | up --nodes 0          | '0': expected a number from 1 to 15",
        "too many nodes      | up --nodes 16         | '16': expected a number from 1 to 15",
        "network to come     | up --network netns    | not available yet",
        "no such network     | up --network bridge   | expected loopback",
        "store to come       | up --store etcd=x     | not available yet",
        "no such store       | up --store disk       | expected embedded",
        "no duration         | up --node-monitor-grace-period 40 | expected a duration such as 40s",
        "too short           | up --node-monitor-grace-period 10ms | expected at least 1s",
        "extra argument      | down now              | Unmatched argument at index 1: 'now'",
        "no target           | explain               | Missing required parameter: 'TARGET'",
        "address, no port    | explain 127.0.0.1     | '127.0.0.1': expected ip:port",
        "port is too high    | explain 127.0.0.1:65536 | expected ip:port",
        "no such protocol    | explain 127.0.0.1:53/icmp | expected ip:port",
        "URL without host    | explain http://       | expected ip:port",
        "other scheme        | explain ftp://web/    | expected ip:port",
        "client is a name    | explain web --from me | expected an IP address",
        "port of the gateway | ingress --http-port x | 'x': expected a port from 0",
        "negative rate | ingress --min-body-rate -1 | '-1': expected a number",
        "negative connections | ingress --max-connections-per-client -1 | '-1': expected a number",
        "unknown transport | ingress --transport x | 'x' is none of auto, io_uring, epoll and nio",
        "negative lameduck   | dns --lameduck -1s    | '-1s': expected a duration such as",
        "zone is no name     | dns --zone a..b       | --zone 'a..b': ",
        "listen without port | dns --kubeconfig x --listen 127.0.0.1 | expected an IP address and",
        "TLS, no certificate | dns --kubeconfig x --tls 127.0.0.1:0 | need --tls-certificate and",
        "certificate, no use | dns --tls-certificate a --tls-key b | is of no use without --tls",
        "listen on a name    | dns --kubeconfig x --listen localhost:1 | expected an IP address and",
      })
  void wrongUsageIsOneLineAndExitCode2(String name, String arguments, String expected) {
    Run run = run(arguments.split(" "));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(expected).contains("--help").hasLineCount(1);
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"up", "down", "status", "explain", "controlplane", "dns", "ingress", "node"})
  void everyCommandHasHelpWithExamples(String command) {
    Run run = run(command, "--help");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Usage: fairway " + command).contains("Examples:");
    assertThat(run.out()).contains("fairway " + command + " ");
  }

  @Test
  void hiddenCommandsAreNotInTheHelp() {
    assertThat(run("--help").out()).doesNotContain("run-node").doesNotContain("warm-up");
  }

  @Test
  void versionIsOneLine() {
    Run run = run("--version");
    assertThat(run.code()).isZero();
    assertThat(run.out()).startsWith("fairway ").hasLineCount(1);
  }

  @Test
  void downWithoutAClusterSaysSoAndIsDone() {
    Run run = run("down", "--state-dir", folder.resolve("none").toString());
    assertThat(run.code()).isZero();
    assertThat(run.out()).startsWith("no cluster runs in ").hasLineCount(1);
  }

  @Test
  void statusWithoutAClusterIsExitCode1() {
    Run run = run("status", "--state-dir", folder.toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).startsWith("no cluster runs in ");
  }

  @Test
  void explainWithoutAClusterIsAFailureInOneLine() {
    Run run = run("explain", "web", "--state-dir", folder.toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("no cluster runs in").hasLineCount(1);
  }

  @Test
  void stoppingANodeWithoutAClusterIsAFailure() {
    Run run = run("down", "--state-dir", folder.toString(), "--node", "node-2");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("no cluster runs in").hasLineCount(1);
  }

  @Test
  void aKubeconfigThatIsMissingIsAFailureInOneLine() {
    Run run = run("dns", "--kubeconfig", folder.resolve("none").toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("cannot be used").hasLineCount(1);
  }

  @Test
  void aDnsConfigurationThatCannotBeUsedIsAFailureThatNamesEachFault() throws IOException {
    Path file = folder.resolve("Corefile");
    Files.writeString(file, ".:53 {\n    nonsense\n    bufsize many\n}\n");
    Run run = run("dns", "--config", file.toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("fairway dns: --config " + file + " cannot be used:")
        .contains("Corefile:2", "nonsense", "Corefile:3", "many");
    assertThat(run("dns", "--config", file + "x").err()).contains("cannot be read").hasLineCount(1);
    assertThat(run("dns", "--config", file.toString(), "--zone", "a.b").code()).isEqualTo(2);
  }

  @Test
  void dnsOutsideOfAPodWithoutAKubeconfigIsAFailureInOneLine() {
    Run run = run("dns");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .startsWith("fairway dns: no --kubeconfig and no pod to run in")
        .hasLineCount(1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "node --nope                  | unknown flag: --nope",
        "node -hostname-overrid x     | unknown flag: --hostname-overrid",
        "node now                     | does not take any arguments, got \"now\"",
        "node --cluster-cidr z        | clusterCIDR: Invalid value: \"z\": must be a valid CIDR",
        "node --kubeconfig x --hostname-override n --node-ip y --unprivileged | cannot be used",
        "node --config /none/config   | failed to load config file /none/config",
      })
  void aWrongCommandLineOfTheNodeIsKubeProxysFailureInOneLine(String arguments, String expected) {
    Run run = run(arguments.split(" "));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains(expected);
    assertThat(run.err().lines().filter(line -> line.startsWith("fairway node: "))).hasSize(1);
  }

  @Test
  void theNodeWritesItsConfiguration() throws Exception {
    Path file = folder.resolve("config.conf");
    Run run = run("node", "--cluster-cidr", "10.0.0.0/8", "--write-config-to", file.toString());
    assertThat(run.code()).isZero();
    assertThat(Files.readString(file)).contains("clusterCIDR: \"10.0.0.0/8\"");
  }

  @Test
  void theNodeHasAVersion() {
    assertThat(run("node", "--version").out()).startsWith("fairway ").hasLineCount(1);
  }

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    int code = command.execute(arguments);
    return new Run(code, out.toString(), err.toString());
  }
}
