// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What configuration files and command lines that were written for kube-proxy mean. */
final class ConfigurationTest {
  private static final String HEAD =
      "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

  @TempDir Path folder;
  private final List<String> warnings = new ArrayList<>();

  @Test
  void kubeadmsFileOfZerosMeansTheDefaults() throws Exception {
    KubeProxyConfig config = load(fixture("kubeadm.yaml"), "--hostname-override=Node-7");
    for (ConfigField field : ConfigField.values()) {
      switch (field) {
        case HOSTNAME_OVERRIDE -> assertThat(config.get(field)).isEqualTo("Node-7");
        case KUBECONFIG ->
            assertThat(config.get(field)).isEqualTo("/var/lib/kube-proxy/kubeconfig.conf");
        case CLUSTER_CIDR -> assertThat(config.get(field)).isEqualTo("10.244.0.0/16");
        case HEALTHZ_BIND_ADDRESS -> assertThat(config.get(field)).isEqualTo("0.0.0.0:10256");
        case METRICS_BIND_ADDRESS -> assertThat(config.get(field)).isEqualTo("127.0.0.1:10249");
        case WINKERNEL, LOGGING_OPTIONS, LOGGING_FLUSH -> assertThat(config.get(field)).isNotNull();
        default -> assertThat(config.get(field)).as(field.path).isEqualTo(field.defaultValue);
      }
    }
    assertThat(ProxyDaemon.nodeName(config)).isEqualTo("node-7");
    assertThat(warnings).singleElement().asString().contains("nodePortAddresses is unset");
  }

  @Test
  void eksFileWithItsFlags() throws Exception {
    KubeProxyConfig config = load(fixture("eks.yaml"), "--v=2", "--hostname-override", "ip-1");
    assertThat(config.number(ConfigField.OOM_SCORE_ADJ)).isEqualTo(-998);
    assertThat(config.text(ConfigField.METRICS_BIND_ADDRESS)).isEqualTo("0.0.0.0:10249");
    assertThat(config.number(ConfigField.LOGGING_VERBOSITY)).isEqualTo(2);
    assertThat(config.duration(ConfigField.IPTABLES_MIN_SYNC_PERIOD))
        .isEqualTo(Duration.ofSeconds(1));
    assertThat(config.mode()).isEqualTo("iptables");
  }

  @Test
  void k3sCommandLine() throws Exception {
    KubeProxyConfig config =
        flags(
            "--cluster-cidr=10.42.0.0/16 --conntrack-max-per-core=0"
                + " --conntrack-tcp-timeout-close-wait=0s --conntrack-tcp-timeout-established=0s"
                + " --healthz-bind-address=127.0.0.1 --hostname-override=server-0"
                + " --kubeconfig=/var/lib/rancher/k3s/agent/kubeproxy.kubeconfig"
                + " --proxy-mode=iptables");
    assertThat(config.text(ConfigField.HEALTHZ_BIND_ADDRESS)).isEqualTo("127.0.0.1:10256");
    assertThat(config.number(ConfigField.CONNTRACK_MAX_PER_CORE)).isZero();
    assertThat(config.duration(ConfigField.CONNTRACK_TCP_CLOSE_WAIT)).isZero();
    assertThat(KernelSettings.conntrackMax(config, 8)).isZero();
  }

  @Test
  void gkeCommandLine() throws Exception {
    KubeProxyConfig config =
        flags(
            "--master=https://10.0.0.1 --kubeconfig=/var/lib/kube-proxy/kubeconfig"
                + " --cluster-cidr=10.4.0.0/14 --oom-score-adj=-998 --v=2"
                + " --feature-gates=DynamicResourceAllocation=true --proxy-mode=nftables"
                + " --iptables-sync-period=1m --iptables-min-sync-period=10s"
                + " --ipvs-sync-period=1m --ipvs-min-sync-period=10s"
                + " --detect-local-mode=NodeCIDR --conntrack-tcp-be-liberal");
    assertThat(config.duration(ConfigField.IPTABLES_SYNC_PERIOD)).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.flag(ConfigField.CONNTRACK_TCP_BE_LIBERAL)).isTrue();
    assertThat(config.text(ConfigField.DETECT_LOCAL_MODE)).isEqualTo("NodeCIDR");
    assertThat(warnings).singleElement().asString().contains("DynamicResourceAllocation");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "--bind-address 192.0.2.7",
        "--bind-address=192.0.2.7",
        "-bind-address 192.0.2.7",
        "-bind-address=192.0.2.7",
        "--bind_address=192.0.2.7"
      })
  void aFlagIsWrittenInManyWays(String line) throws Exception {
    assertThat(flags(line).text(ConfigField.BIND_ADDRESS)).isEqualTo("192.0.2.7");
  }

  @ParameterizedTest(name = "{0} means {1}")
  @CsvSource({"-v 4,4", "-v=4,4", "-v4,4", "--v 4,4", "--v=4,4"})
  void verbosityIsWrittenInManyWays(String line, int verbosity) throws Exception {
    assertThat(flags(line).number(ConfigField.LOGGING_VERBOSITY)).isEqualTo(verbosity);
  }

  @ParameterizedTest(name = "{0} means {1} and {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--healthz-port=0                             | ''               | 127.0.0.1:10249",
        "--healthz-port=10300 --metrics-port 0        | 0.0.0.0:10300    | ''",
        "--healthz-bind-address=                      | ''               | 127.0.0.1:10249",
        "--bind-address ::                            | [::]:10256       | [::1]:10249",
        "--healthz-bind-address 0.0.0.0:12345         | 0.0.0.0:12345    | 127.0.0.1:10249",
        "--healthz-bind-address 9.8.7.6               | 9.8.7.6:10256    | 127.0.0.1:10249",
        "--healthz-bind-address [::]:12345            | [::]:12345       | 127.0.0.1:10249",
        "--healthz-bind-address fd00:1::5             | [fd00:1::5]:10256 | 127.0.0.1:10249",
      })
  void whereHealthAndMetricsAreServed(String line, String healthz, String metrics)
      throws Exception {
    KubeProxyConfig config = flags(line);
    assertThat(config.text(ConfigField.HEALTHZ_BIND_ADDRESS)).isEqualTo(healthz);
    assertThat(config.text(ConfigField.METRICS_BIND_ADDRESS)).isEqualTo(metrics);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--nope                           | unknown flag: --nope",
        "extra                            | does not take any arguments, got \"extra\"",
        "--cluster-cidr                   | flag needs an argument: --cluster-cidr",
        "--oom-score-adj x                | invalid argument \"x\" for --oom-score-adj",
        "--masquerade-all=perhaps         | invalid argument \"perhaps\" for --masquerade-all",
        "--iptables-sync-period 5         | iptables.syncPeriod: \"5\" found, expected a duration",
        "--feature-gates A                | expected a map of feature names to true or false",
        "--healthz-port 65536             | invalid argument \"65536\" for --healthz-port",
        "--iptables-sync-period=0s        | iptables.syncPeriod: Invalid value: \"0s\": must be greater",
        "--iptables-min-sync-period=-1s   | iptables.minSyncPeriod: Invalid value: \"-1s\"",
        "--iptables-min-sync-period=31s   | must be greater than or equal to iptables.minSyncPeriod",
        "--config-sync-period=0           | configSyncPeriod: Invalid value: \"0s\"",
        "--iptables-masquerade-bit 32     | masqueradeBit: Invalid value: \"32\": must be within the range [0, 31]",
        "--oom-score-adj -1001            | must be within the range [-1000, 1000]",
        "--conntrack-max-per-core -1      | conntrack.maxPerCore: Invalid value: \"-1\"",
        "--conntrack-udp-timeout -1s      | conntrack.udpTimeout: Invalid value: \"-1s\"",
        "--bind-address node-1            | bindAddress: Invalid value: \"node-1\": not a valid textual",
        "--healthz-bind-address 0.0.0.0:x | must be a valid port",
        "--healthz-bind-address [fd00::5] | must be IP:port",
        "--metrics-bind-address host:1    | metricsBindAddress: Invalid value: \"host:1\": must be IP:port",
        "--cluster-cidr 10.0.0.0          | clusterCIDR: Invalid value: \"10.0.0.0\": must be a valid CIDR",
        "--cluster-cidr 10.0.0.0/8,10.1.0.0/16 | one of each family",
        "--cluster-cidr 10.0.0.0/8,fd00::/8,fd01::/16 | only one CIDR allowed",
        "--nodeport-addresses primary,10.0.0.0/8 | words such as primary cannot be mixed with CIDRs",
        "--nodeport-addresses 10.0.0.1    | nodePortAddresses: Invalid value: \"10.0.0.1\": must be a CIDR",
        "--proxy-mode kernelspace         | mode: Invalid value: \"kernelspace\": is for Windows",
        "--proxy-mode fast                | mode: Invalid value: \"fast\": expected \"\", iptables",
        "--detect-local-mode Magic        | detectLocalMode: Invalid value: \"Magic\": expected ClusterCIDR",
        "--detect-local-mode BridgeInterface | detectLocal.bridgeInterface: Invalid value: \"\"",
        "--detect-local-mode InterfaceNamePrefix | detectLocal.interfaceNamePrefix: Invalid value: \"\"",
        "--proxy-mode ipvs --ipvs-exclude-cidrs x | ipvs.excludeCIDRs: Invalid value: \"x\"",
        "--logging-format xml             | logging.format: Invalid value: \"xml\"",
      })
  void whatCannotBeUsedIsSaidWithFieldValueAndWhatIsAllowed(String line, String message) {
    assertThatThrownBy(() -> flags(line))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "unknown field       | colour: red                    | unknown field \"colour\" is ignored",
        "unknown inner field | iptables: {speed: 9}           | unknown field \"iptables.speed\" is ignored",
        "there twice         | mode: ipvs\\nmode: nftables     | key \"mode\" is there twice",
        "IPVS                | mode: ipvs                     | there is no IPVS here",
        "IPVS scheduler      | mode: ipvs\\nipvs: {scheduler: lc} | ipvs.scheduler lc is ignored",
        "Windows             | winkernel: {networkName: x}    | settings for Windows are ignored",
        "all node ports      | mode: iptables                 | nodePortAddresses is unset",
        "ignored flag        | mode: nftables                 | flags are ignored, because --config is used: --cluster-cidr",
      })
  void whatIsOddIsWarnedOf(String name, String lines, String warning) throws Exception {
    load(HEAD + lines.replace("\\n", "\n") + "\n", "--cluster-cidr=10.0.0.0/8");
    assertThat(warnings).anySatisfy(text -> assertThat(text).contains(warning));
  }

  @Test
  void theLastOfTwoCounts() throws Exception {
    assertThat(load(HEAD + "mode: ipvs\nmode: nftables\n").mode()).isEqualTo("nftables");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "other kind      | apiVersion: v1\\nkind: ConfigMap | no kind \"ConfigMap\" is registered for version \"v1\"",
        "no kind         | mode: ipvs                  | no kind \"\"",
        "no YAML         | {                           | is no YAML",
        "number          | @syncPeriod: 1              | unknown",
        "duration        | @iptables: {syncPeriod: 30} | iptables.syncPeriod: 30 found, expected a duration",
        "text            | @bindAddress: 1             | bindAddress: 1 found, expected a string",
        "list            | @nodePortAddresses: primary | nodePortAddresses: \"primary\" found, expected a list of strings",
        "section         | @conntrack: 3               | conntrack: 3 found, expected an object",
        "boolean         | @iptables: {masqueradeAll: maybe} | expected a boolean",
        "number          | @oomScoreAdj: 1.5           | oomScoreAdj: 1.5 found, expected a integer",
      })
  void whatIsNoConfigurationIsRefused(String name, String lines, String message) throws Exception {
    String text = lines.replace("\\n", "\n").replace("@", HEAD);
    if (message.equals("unknown")) {
      load(text);
      assertThat(warnings).anySatisfy(warning -> assertThat(warning).contains("unknown field"));
      return;
    }
    assertThatThrownBy(() -> load(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> configuration("--config", folder.resolve("none").toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("failed to load config file " + folder.resolve("none"));
  }

  @Test
  void whatIsWrittenReadsTheSame() throws Exception {
    KubeProxyConfig config =
        flags(
            "--cluster-cidr=10.0.0.0/8,fd00::/8 --nodeport-addresses=primary,localhost"
                + " --feature-gates=AllAlpha=false --iptables-sync-period=1h0m1.5s --v=3"
                + " --conntrack-max-per-core=0 --oom-score-adj=0");
    assertThat(load(config.yaml())).isEqualTo(config);
    assertThat(config.yaml()).contains("syncPeriod: \"1h0m1.5s\"").contains("maxPerCore: 0");
    assertThat(config.configz())
        .startsWith(
            "{\"kubeproxy.config.k8s.io\":{\"apiVersion\":\"kubeproxy.config.k8s.io/v1alpha1\"")
        .contains("\"clusterCIDR\":\"10.0.0.0/8,fd00::/8\"");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "1h0m0s,3600000",
    "1.5h,5400000",
    "100ms,100",
    ".5s,500",
    "-2m,-120000",
    "+3s,3000",
    "0,0",
    "1500us,1.5"
  })
  void durationsAreGos(String text, double millis) {
    assertThat(Objects.requireNonNull(GoTime.tryParse(text)).toNanos())
        .isEqualTo((long) (millis * 1e6));
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(strings = {"", "5", "1d", "s", "1 s", "-", "1h-2m", "99999999h", "1e3s", "..5s"})
  void otherTextsAreNoDurations(String text) {
    assertThat(GoTime.tryParse(text)).isNull();
  }

  @ParameterizedTest(name = "{0} ns is {1}")
  @CsvSource({
    "0,0s",
    "1,1ns",
    "1500,1.5µs",
    "2000000,2ms",
    "30000000000,30s",
    "60000000000,1m0s",
    "86400000000000,24h0m0s",
    "-90500000000,-1m30.5s"
  })
  void durationsAreWrittenAsGoDoes(long nanos, String text) {
    assertThat(GoTime.format(Duration.ofNanos(nanos))).isEqualTo(text);
  }

  @Test
  void everyFlagIsInTheHelp() {
    for (ConfigField field : ConfigField.values()) {
      if (field.flag != null) {
        assertThat(CommandFlags.help()).contains("  --" + field.flag);
      }
    }
  }

  private KubeProxyConfig flags(String line) throws ConfigException {
    KubeProxyConfig config = configuration(line.split(" "));
    warnings.removeIf(text -> text.contains("nodePortAddresses is unset"));
    return config;
  }

  private KubeProxyConfig load(String text, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("config.conf"), text);
    List<String> arguments = new ArrayList<>(List.of("--config=" + file));
    arguments.addAll(Arrays.asList(more));
    return configuration(arguments.toArray(String[]::new));
  }

  private KubeProxyConfig configuration(String... arguments) throws ConfigException {
    return CommandFlags.parse(List.of(arguments)).configuration(warnings::add);
  }

  private static String fixture(String name) throws IOException {
    try (InputStream in = ConfigurationTest.class.getResourceAsStream("/kubeproxy/" + name)) {
      return new String(
          Objects.requireNonNull(in, name).readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }
}
