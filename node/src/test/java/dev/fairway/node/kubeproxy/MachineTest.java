// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.node.kubeproxy.Commands.Result;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the proxy finds on its machine and its Node, and what it changes. */
final class MachineTest {
  @TempDir Path root;
  private final List<String> report = new ArrayList<>();

  /** Programs that answer from a table; others are absent. */
  private static final class FakeCommands implements Commands {
    final Map<String, Result> answers = new HashMap<>();
    final List<String> changes = new ArrayList<>();

    @Override
    public Result run(List<String> command, String input) {
      String line = String.join(" ", command);
      Result known = answers.get(line);
      if (known != null) {
        return known;
      }
      if (line.matches(
          "nft delete .*|ip -[46] route (replace|flush) .*|.*-restore .*|ip link delete .*|ipvsadm .*|ipset destroy .*")) {
        changes.add(line + (input.isEmpty() ? "" : "\n" + input));
        return new Result(0, "");
      }
      return new Result(-1, "no such program");
    }
  }

  @Test
  void cleanupRemovesKubeProxysChainsAtOnceAndLeavesTheKubelets() throws Exception {
    FakeCommands commands = new FakeCommands();
    commands.answers.put(
        "nft list tables ip", new Result(0, "table ip nat\ntable ip kube-proxy\n"));
    commands.answers.put("nft list tables ip6", new Result(0, ""));
    commands.answers.put(
        "iptables-save -t nat",
        new Result(
            0,
            """
            *nat
            :PREROUTING ACCEPT [0:0]
            :KUBE-SERVICES - [0:0]
            :KUBE-SVC-ABC - [0:0]
            :KUBE-KUBELET-CANARY - [0:0]
            :KUBE-FIREWALL - [0:0]
            -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
            -A PREROUTING -j DOCKER
            -A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-ABC
            COMMIT
            """));
    assertThat(new Cleanup(commands, root.resolve("none"), report::add).ofKubeProxy()).isTrue();
    assertThat(commands.changes)
        .containsExactly(
            "nft delete table ip kube-proxy",
            """
            iptables-restore --noflush -w 5
            *nat
            :KUBE-SERVICES - [0:0]
            :KUBE-SVC-ABC - [0:0]
            -D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
            -X KUBE-SERVICES
            -X KUBE-SVC-ABC
            COMMIT
            """);
    assertThat(report)
        .containsExactly(
            "removed nft table ip kube-proxy",
            "removed 2 chains of kube-proxy in iptables table nat");
  }

  @Test
  void cleanupRemovesIpvs() throws Exception {
    FakeCommands commands = new FakeCommands();
    commands.answers.put("ip link show kube-ipvs0", new Result(0, "7: kube-ipvs0"));
    commands.answers.put("ipset list -n", new Result(0, "KUBE-CLUSTER-IP\nmine\n"));
    assertThat(new Cleanup(commands, root.resolve("none"), report::add).ofKubeProxy()).isTrue();
    assertThat(commands.changes)
        .containsExactly(
            "ip link delete kube-ipvs0", "ipvsadm --clear", "ipset destroy KUBE-CLUSTER-IP");
  }

  @Test
  void aMachineWithoutAnyProgramIsClean() throws Exception {
    assertThat(new Cleanup(new FakeCommands(), root, report::add).ofKubeProxy()).isTrue();
    assertThat(report).isEmpty();
  }

  @Test
  void rangesOfServicesAreMadeLocalForAProcessWithoutPrivileges() throws Exception {
    FakeCommands commands = new FakeCommands();
    CommandFlags flags =
        CommandFlags.parse(List.of("--init-only", "--service-cidr=10.96.0.0/16,fd00:10:96::/112"));
    new ServiceRangeRoutes(commands, report::add).add(flags.serviceCidrs());
    assertThat(commands.changes)
        .containsExactly(
            "ip -4 route replace local 10.96.0.0/16 dev lo table local proto 171",
            "ip -6 route replace local fd00:10:96::/112 dev lo table local proto 171");
    setting("proc/sys/net/ipv4/ip_unprivileged_port_start", "1024");
    new KernelSettings(root, 2, report::add).openLowPorts();
    assertThat(value("proc/sys/net/ipv4/ip_unprivileged_port_start")).isEqualTo("0");
  }

  @Test
  void rangesOfServicesAreCleanedUpWhereThereAreAny() throws Exception {
    FakeCommands commands = new FakeCommands();
    commands.answers.put(
        "ip -4 route show table local proto 171", new Result(0, "local 10.96.0.0/16 dev lo\n"));
    commands.answers.put("ip -6 route show table local proto 171", new Result(0, ""));
    assertThat(new ServiceRangeRoutes(commands, report::add).removeAll()).isTrue();
    assertThat(commands.changes).containsExactly("ip -4 route flush table local proto 171");
  }

  @Test
  void cgroupsOfSelfTestsThatWereKilledAreRemovedAndNoOthers() throws Exception {
    Path dead = Files.createDirectory(root.resolve("fairway-self-test-4999999999"));
    Path alive =
        Files.createDirectory(root.resolve("fairway-self-test-" + ProcessHandle.current().pid()));
    Path other = Files.createDirectory(root.resolve("kubepods"));
    new Cleanup(new FakeCommands(), root.resolve("none"), report::add).selfTests(root);
    assertThat(dead).doesNotExist();
    assertThat(alive).exists();
    assertThat(other).exists();
    assertThat(report).containsExactly("removed " + dead);
  }

  @Test
  void aRangeThatIsNoneIsRefused() throws Exception {
    CommandFlags flags = CommandFlags.parse(List.of("--service-cidr=10.96.0.0"));
    assertThatThrownBy(flags::serviceCidrs)
        .isInstanceOf(ConfigException.class)
        .hasMessage("invalid argument \"10.96.0.0\" for --service-cidr: expected a CIDR");
  }

  @Test
  void programsOfAFormerMode_goForTheirNodeOnly() throws Exception {
    Path ours = Files.createDirectories(root.resolve("node-1"));
    Files.createFile(ours.resolve("connect4"));
    Path others = Files.createDirectories(root.resolve("node-2"));
    assertThat(new Cleanup(new FakeCommands(), root, report::add).ofFormerMode("node-1")).isTrue();
    assertThat(ours).doesNotExist();
    assertThat(others).exists();
    assertThat(report).containsExactly("removed eBPF objects in " + ours);
  }

  @Test
  void whatCannotBeRemovedIsSaid() throws Exception {
    FakeCommands commands = new FakeCommands();
    commands.answers.put("nft list tables ip6", new Result(0, "table ip6 kube-proxy"));
    commands.answers.put(
        "nft delete table ip6 kube-proxy", new Result(1, "Operation not permitted\nmore"));
    assertThat(new Cleanup(commands, root, report::add).ofKubeProxy()).isFalse();
    assertThat(report)
        .containsExactly("cannot remove nft table ip6 kube-proxy: Operation not permitted");
  }

  @ParameterizedTest(name = "{0} per core, at least {1}, {2} cores: {3}")
  @CsvSource({
    "0,131072,8,0",
    "67890,100,3,203670",
    "67890,300000,3,300000",
    "32768,131072,512,1048576",
    "32768,131072,2,131072"
  })
  void conntrackMax(int perCore, int min, int cores, long expected) throws Exception {
    assertThat(
            KernelSettings.conntrackMax(
                config("--conntrack-max-per-core=" + perCore, "--conntrack-min=" + min), cores))
        .isEqualTo(expected);
  }

  @Test
  void kernelSettingsAreWrittenWhereTheyDiffer() throws Exception {
    setting("proc/sys/net/netfilter/nf_conntrack_max", "65536");
    setting("proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait", "60");
    setting("proc/sys/net/netfilter/nf_conntrack_udp_timeout", "30");
    setting("proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal", "0");
    setting("proc/self/oom_score_adj", "0");
    new KernelSettings(root, 8, report::add).apply(config());
    assertThat(value("proc/sys/net/netfilter/nf_conntrack_max")).isEqualTo("262144");
    assertThat(value("proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait"))
        .isEqualTo("3600");
    assertThat(value("proc/sys/net/netfilter/nf_conntrack_udp_timeout")).isEqualTo("30");
    assertThat(value("proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal")).isEqualTo("0");
    assertThat(value("proc/self/oom_score_adj")).isEqualTo("-999");
  }

  @Test
  void conntrackMaxIsNeverLowered() throws Exception {
    setting("proc/sys/net/netfilter/nf_conntrack_max", "999999");
    setting("sys/module/nf_conntrack/parameters/hashsize", "999999");
    new KernelSettings(root, 8, report::add).apply(config());
    assertThat(report).isEmpty();
  }

  @Test
  void whatMayNotBeWrittenIsSaidAndLeft() throws Exception {
    Files.createDirectories(root.resolve("proc/self/oom_score_adj"));
    new KernelSettings(root, 8, report::add).apply(config());
    assertThat(report)
        .singleElement()
        .asString()
        .startsWith("cannot set /proc/self/oom_score_adj to -999, left as it is");
  }

  @ParameterizedTest(name = "{0}, bind address {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.1                  | 0.0.0.0   | 10.0.0.1",
        "10.0.0.1,fd00::1          | 0.0.0.0   | 10.0.0.1,fd00::1",
        "fd00::1,10.0.0.1          | 0.0.0.0   | fd00::1,10.0.0.1",
        "10.0.0.1,10.0.0.2,fd00::1 | 0.0.0.0   | 10.0.0.1,fd00::1",
        "10.0.0.1,fd00::1          | 192.0.2.5 | 192.0.2.5,fd00::1",
        "10.0.0.1,fd00::1          | fd00::5   | fd00::5,10.0.0.1",
        "''                        | 0.0.0.0   | 127.0.0.1",
        "''                        | ::        | ::1",
        "''                        | 192.0.2.5 | 192.0.2.5",
      })
  void nodeAddresses(String internal, String bind, String expected) {
    List<IpAddress> known = NodeAddresses.of(node(internal, ""));
    assertThat(NodeAddresses.detect(IpAddress.parse(bind), known))
        .extracting(IpAddress::toString)
        .containsExactly(expected.split(","));
  }

  @Test
  void externalAddressesComeAfterInternalOnes() {
    Node node =
        decode(
            "{\"metadata\":{\"name\":\"n\"},\"status\":{\"addresses\":["
                + "{\"type\":\"ExternalIP\",\"address\":\"203.0.113.1\"},"
                + "{\"type\":\"Hostname\",\"address\":\"n\"},"
                + "{\"type\":\"InternalIP\",\"address\":\"10.0.0.1\"}]}}");
    assertThat(NodeAddresses.of(node)).containsExactly(IpAddress.parse("10.0.0.1"));
  }

  @Test
  void aStartWaitsForTheNodeAndItsAddresses() throws Exception {
    Deque<@Nullable Node> states = new ArrayDeque<>();
    states.add(node("", ""));
    states.add(node("10.0.0.1", ""));
    List<Duration> pauses = new ArrayList<>();
    NodeWait wait = new NodeWait("n", states::poll, pauses::add, report::add);
    Node found = wait.awaitAddresses();
    assertThat(found).isEqualTo(node("10.0.0.1", ""));
    assertThat(pauses).containsExactly(Duration.ofSeconds(1));
    assertThat(report).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a node that just came       | --cluster-cidr=10.0.0.0/8 | {}                          | False | true",
        "a node that has run pods    | --cluster-cidr=10.0.0.0/8 | {}                          | True  | false",
        "no ranges of the cluster    | --v=1                     | {}                          | False | false",
        "ranges of the network plugin| --cluster-cidr=10.0.0.0/8 | {'projectcalico.org/x':'y'} | False | false",
      })
  void aStartWaitsForRangesThatAreLikelyToCome(
      String name, String flag, String annotations, String ready, boolean waits) throws Exception {
    Node node =
        decode(
            ("{'metadata':{'name':'n','annotations':"
                    + annotations
                    + "},'status':{'conditions':[{'type':'Ready','status':'"
                    + ready
                    + "'}]}}")
                .replace('\'', '"'));
    assertThat(LocalDetection.waitsForPodCidrs(config(flag), node)).as(name).isEqualTo(waits);
  }

  @Test
  void withoutANodeAStartGoesOnAfterThirtyTries() throws Exception {
    List<Duration> pauses = new ArrayList<>();
    NodeWait wait = new NodeWait("n", () -> null, pauses::add, report::add);
    assertThat(wait.awaitAddresses()).isNull();
    assertThat(pauses).hasSize(29);
    assertThat(report).containsExactly("timeout waiting for node \"n\" to exist");
  }

  @Test
  void anApiServerThatIsAwayIsSaidOnce() throws Exception {
    NodeWait wait =
        new NodeWait(
            "n",
            () -> {
              throw new IOException("refused");
            },
            _ -> {},
            report::add);
    assertThat(wait.awaitPodCidrs()).isNull();
    assertThat(report)
        .containsExactly(
            "cannot read node \"n\", trying again: refused",
            "timeout waiting for PodCIDR allocation on node \"n\"");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--cluster-cidr=10.0.0.0/8,fd00::/8                      | 10.244.1.0/24,fd00::/8",
        "--cluster-cidr=10.244.1.0/24                            | 10.244.1.0/24",
        "--cluster-cidr=10.245.0.0/16                            | 10.245.0.0/16",
        "--detect-local-mode=NodeCIDR --cluster-cidr=10.0.0.0/8  | 10.244.1.0/24",
        "--detect-local-mode=BridgeInterface --pod-bridge-interface=cbr0"
            + " | 10.244.1.0/24,10.99.0.0/16,fd00:99::/64",
        "--detect-local-mode=InterfaceNamePrefix --pod-interface-name-prefix=cali"
            + " | 10.244.1.0/24,10.244.1.7/32",
      })
  void clientsInsideOfTheCluster(String line, String expected) throws Exception {
    setting(
        "proc/net/route",
        """
        Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
        eth0 00000000 0102A8C0 0003 0 0 0 00000000 0 0 0
        cbr0 0000630A 00000000 0001 0 0 0 0000FFFF 0 0 0
        cali9 0701F40A 00000000 0005 0 0 0 FFFFFFFF 0 0 0
        """);
    setting(
        "proc/net/ipv6_route",
        "fd000099000000000000000000000000 40 00000000000000000000000000000000 00 "
            + "00000000000000000000000000000000 00000100 00000001 00000000 00000001 cbr0\n"
            + "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
            + "00000000000000000000000000000000 00000100 00000001 00000000 00000001 cbr0\n");
    assertThat(
            LocalDetection.ranges(
                config(line.split(" ")), NodeAddresses.podCidrs(node("", "10.244.1.0/24")), root))
        .containsExactly(
            Arrays.stream(expected.split(",")).map(IpPrefix::parse).toArray(IpPrefix[]::new));
  }

  @Test
  void aFileThatChangesIsAppliedOrTakesANewProcess() throws Exception {
    Deque<KubeProxyConfig> contents = new ArrayDeque<>();
    List<KubeProxyConfig> applied = new ArrayList<>();
    KubeProxyConfig start = config();
    KubeProxyConfig louder = config("--v=5", "--conntrack-min=7");
    ConfigWatch watch =
        new ConfigWatch(
            root.resolve("config.conf"), start, contents::remove, applied::add, () -> {});
    contents.add(config());
    assertThat(watch.check()).isTrue();
    assertThat(applied).isEmpty();
    contents.add(louder);
    assertThat(watch.check()).isTrue();
    assertThat(applied).containsExactly(louder);
    contents.add(config("--v=5", "--conntrack-min=7", "--cluster-cidr=10.0.0.0/8"));
    assertThat(watch.check()).isFalse();
  }

  @Test
  void aFileThatCannotBeReadChangesNothing() throws Exception {
    ConfigWatch watch =
        new ConfigWatch(
            root.resolve("config.conf"),
            config(),
            () -> {
              throw new ConfigException("half-written");
            },
            _ -> {},
            () -> {});
    assertThat(watch.check()).isTrue();
  }

  private static Node node(String internal, String podCidr) {
    List<String> addresses = new ArrayList<>();
    for (String address : internal.isEmpty() ? new String[0] : internal.split(",")) {
      addresses.add("{\"type\":\"InternalIP\",\"address\":\"" + address + "\"}");
    }
    return decode(
        "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"podCIDR\":\""
            + podCidr
            + "\"},\"status\":{\"addresses\":["
            + String.join(",", addresses)
            + "]}}");
  }

  private static Node decode(String json) {
    return KubeCodec.decode(Resource.NODES, json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private void setting(String name, String value) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, value);
  }

  private String value(String name) throws IOException {
    return Files.readString(root.resolve(name));
  }

  private static KubeProxyConfig config(String... arguments) throws ConfigException {
    return CommandFlags.parse(List.of(arguments)).configuration(_ -> {});
  }
}
