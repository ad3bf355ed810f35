// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every field of a {@code KubeProxyConfiguration} (kubeproxy.config.k8s.io/v1alpha1): its place in
 * the file, what it may hold, its default and the flag that sets it.
 */
enum ConfigField {
  HOSTNAME_OVERRIDE("hostnameOverride", Kind.TEXT, "", "hostname-override", "The Node's name."),
  BIND_ADDRESS(
      "bindAddress",
      Kind.TEXT,
      "0.0.0.0",
      "bind-address",
      "The node's primary address, or 0.0.0.0 or :: to choose the primary family."),
  HEALTHZ_BIND_ADDRESS(
      "healthzBindAddress",
      Kind.TEXT,
      "",
      "healthz-bind-address",
      "Where /healthz and /livez are answered (default 0.0.0.0:10256); \"\" for nowhere."),
  METRICS_BIND_ADDRESS(
      "metricsBindAddress",
      Kind.TEXT,
      "",
      "metrics-bind-address",
      "Where /metrics and /proxyMode are answered (default 127.0.0.1:10249); \"\" for nowhere."),
  BIND_ADDRESS_HARD_FAIL(
      "bindAddressHardFail",
      Kind.BOOL,
      false,
      "bind-address-hard-fail",
      "End if one of these two cannot be served, instead of trying again."),
  ENABLE_PROFILING(
      "enableProfiling", Kind.BOOL, false, "profiling", "Accepted; there is no Go profile."),
  SHOW_HIDDEN_METRICS(
      "showHiddenMetricsForVersion",
      Kind.TEXT,
      "",
      "show-hidden-metrics-for-version",
      "Accepted; no metric is hidden."),
  FEATURE_GATES(
      "featureGates", Kind.GATES, Map.of(), "feature-gates", "KEY=true|false,...; see README."),
  KUBECONFIG(
      "clientConnection.kubeconfig",
      Kind.TEXT,
      "",
      "kubeconfig",
      "How to reach the API server; without it and --master: the pod's service account."),
  ACCEPT_CONTENT_TYPES(
      "clientConnection.acceptContentTypes", Kind.TEXT, "", null, "Accepted; JSON is used."),
  CONTENT_TYPE(
      "clientConnection.contentType",
      Kind.TEXT,
      "application/vnd.kubernetes.protobuf",
      "kube-api-content-type",
      "Accepted; JSON is used."),
  QPS(
      "clientConnection.qps",
      Kind.FLOAT,
      5.0,
      "kube-api-qps",
      "Accepted; a proxy's watches need no limit."),
  BURST("clientConnection.burst", Kind.INT, 10L, "kube-api-burst", "Accepted, as kube-api-qps."),
  LOGGING_FORMAT("logging.format", Kind.TEXT, "text", "logging-format", "text or json."),
  LOGGING_FLUSH(
      "logging.flushFrequency",
      Kind.ANY,
      "",
      "log-flush-frequency",
      "Accepted; lines are written at once."),
  LOGGING_VERBOSITY(
      "logging.verbosity", Kind.INT, 0L, "v", "0 or 1: info; from 4 on: debug; from 6 on: trace."),
  LOGGING_VMODULE("logging.vmodule", Kind.ANY, "", "vmodule", "Accepted, ignored."),
  LOGGING_OPTIONS("logging.options", Kind.ANY, "", null, "Accepted, ignored."),
  MODE(
      "mode",
      Kind.TEXT,
      "",
      "proxy-mode",
      "\"\", iptables, nftables, ipvs: the best data plane that this machine can run; or one of"
          + " ours: ebpf, userspace."),
  IPTABLES_MASQUERADE_BIT(
      "iptables.masqueradeBit",
      Kind.OPTIONAL_INT,
      14L,
      "iptables-masquerade-bit",
      "Accepted; no packet is marked."),
  IPTABLES_MASQUERADE_ALL(
      "iptables.masqueradeAll",
      Kind.BOOL,
      false,
      "masquerade-all",
      "Whether endpoints see the node's address in place of the client's."),
  IPTABLES_LOCALHOST_NODE_PORTS(
      "iptables.localhostNodePorts",
      Kind.OPTIONAL_BOOL,
      true,
      "iptables-localhost-nodeports",
      "Whether node ports answer on loopback addresses."),
  IPTABLES_SYNC_PERIOD(
      "iptables.syncPeriod",
      Kind.DURATION,
      Duration.ofSeconds(30),
      "iptables-sync-period",
      "Health: a change may wait twice as long before the proxy counts as unhealthy."),
  IPTABLES_MIN_SYNC_PERIOD(
      "iptables.minSyncPeriod",
      Kind.DURATION,
      Duration.ofSeconds(1),
      "iptables-min-sync-period",
      "Least time between two syncs, where it is not the default: that is 10 ms here."),
  NFTABLES_MASQUERADE_BIT(
      "nftables.masqueradeBit", Kind.OPTIONAL_INT, 14L, null, "Accepted; no packet is marked."),
  NFTABLES_MASQUERADE_ALL(
      "nftables.masqueradeAll", Kind.BOOL, false, null, "As iptables.masqueradeAll."),
  NFTABLES_SYNC_PERIOD(
      "nftables.syncPeriod", Kind.DURATION, Duration.ofSeconds(30), null, "As of iptables."),
  NFTABLES_MIN_SYNC_PERIOD(
      "nftables.minSyncPeriod", Kind.DURATION, Duration.ofSeconds(1), null, "As of iptables."),
  IPVS_SYNC_PERIOD(
      "ipvs.syncPeriod",
      Kind.DURATION,
      Duration.ofSeconds(30),
      "ipvs-sync-period",
      "As of iptables."),
  IPVS_MIN_SYNC_PERIOD(
      "ipvs.minSyncPeriod",
      Kind.DURATION,
      Duration.ofSeconds(1),
      "ipvs-min-sync-period",
      "As of iptables."),
  IPVS_SCHEDULER(
      "ipvs.scheduler",
      Kind.TEXT,
      "",
      "ipvs-scheduler",
      "Ignored: endpoints are chosen at random."),
  IPVS_EXCLUDE_CIDRS(
      "ipvs.excludeCIDRs",
      Kind.LIST,
      List.of(),
      "ipvs-exclude-cidrs",
      "Ignored: there is no IPVS."),
  IPVS_STRICT_ARP(
      "ipvs.strictARP", Kind.BOOL, false, "ipvs-strict-arp", "Ignored: it is always so."),
  IPVS_TCP_TIMEOUT("ipvs.tcpTimeout", Kind.DURATION, Duration.ZERO, "ipvs-tcp-timeout", "Ignored."),
  IPVS_TCP_FIN_TIMEOUT(
      "ipvs.tcpFinTimeout", Kind.DURATION, Duration.ZERO, "ipvs-tcpfin-timeout", "Ignored."),
  IPVS_UDP_TIMEOUT(
      "ipvs.udpTimeout",
      Kind.DURATION,
      Duration.ZERO,
      "ipvs-udp-timeout",
      "Mode ipvs: how long an answered UDP flow lives without traffic; 0: 2m."),
  WINKERNEL("winkernel", Kind.ANY, "", null, "Ignored: this is no Windows."),
  WINDOWS_RUN_AS_SERVICE(
      "windowsRunAsService", Kind.BOOL, false, "windows-service", "Ignored: this is no Windows."),
  DETECT_LOCAL_MODE(
      "detectLocalMode",
      Kind.TEXT,
      "",
      "detect-local-mode",
      "How clients inside of the cluster are told: ClusterCIDR (default), NodeCIDR,"
          + " BridgeInterface, InterfaceNamePrefix."),
  BRIDGE_INTERFACE(
      "detectLocal.bridgeInterface",
      Kind.TEXT,
      "",
      "pod-bridge-interface",
      "The bridge of the pods, for mode BridgeInterface."),
  INTERFACE_NAME_PREFIX(
      "detectLocal.interfaceNamePrefix",
      Kind.TEXT,
      "",
      "pod-interface-name-prefix",
      "How the pods' interfaces begin, for mode InterfaceNamePrefix."),
  CLUSTER_CIDR(
      "clusterCIDR", Kind.TEXT, "", "cluster-cidr", "Ranges of the pods, at most one of a family."),
  NODE_PORT_ADDRESSES(
      "nodePortAddresses",
      Kind.LIST,
      List.of(),
      "nodeport-addresses",
      "CIDRs, or primary, localhost, all: which addresses answer node ports (default: all; with"
          + " mode nftables: primary)."),
  OOM_SCORE_ADJ(
      "oomScoreAdj",
      Kind.OPTIONAL_INT,
      -999L,
      "oom-score-adj",
      "oom_score_adj of this process, -1000 to 1000."),
  CONNTRACK_MAX_PER_CORE(
      "conntrack.maxPerCore",
      Kind.OPTIONAL_INT,
      32_768L,
      "conntrack-max-per-core",
      "nf_conntrack_max for each core; 0: leave it. It is never lowered."),
  CONNTRACK_MIN(
      "conntrack.min",
      Kind.OPTIONAL_INT,
      131_072L,
      "conntrack-min",
      "Least nf_conntrack_max, whatever the number of cores."),
  CONNTRACK_TCP_ESTABLISHED(
      "conntrack.tcpEstablishedTimeout",
      Kind.OPTIONAL_DURATION,
      Duration.ofHours(24),
      "conntrack-tcp-timeout-established",
      "nf_conntrack_tcp_timeout_established; 0: leave it."),
  CONNTRACK_TCP_CLOSE_WAIT(
      "conntrack.tcpCloseWaitTimeout",
      Kind.OPTIONAL_DURATION,
      Duration.ofHours(1),
      "conntrack-tcp-timeout-close-wait",
      "nf_conntrack_tcp_timeout_close_wait; 0: leave it."),
  CONNTRACK_TCP_BE_LIBERAL(
      "conntrack.tcpBeLiberal",
      Kind.BOOL,
      false,
      "conntrack-tcp-be-liberal",
      "Set nf_conntrack_tcp_be_liberal."),
  CONNTRACK_UDP_TIMEOUT(
      "conntrack.udpTimeout",
      Kind.DURATION,
      Duration.ZERO,
      "conntrack-udp-timeout",
      "nf_conntrack_udp_timeout, and how long a UDP flow lives that was never answered; 0: 30s."),
  CONNTRACK_UDP_STREAM_TIMEOUT(
      "conntrack.udpStreamTimeout",
      Kind.DURATION,
      Duration.ZERO,
      "conntrack-udp-timeout-stream",
      "The same for UDP flows that were answered; 0: 2m."),
  CONFIG_SYNC_PERIOD(
      "configSyncPeriod",
      Kind.DURATION,
      Duration.ofMinutes(15),
      "config-sync-period",
      "Accepted; nothing needs to be listed again."),
  PORT_RANGE("portRange", Kind.TEXT, "", null, "Ignored, as kube-proxy does.");

  /**
   * What a field holds. Of the optional kinds only null means the default, of the others zero too.
   */
  enum Kind {
    TEXT("string"),
    BOOL("boolean"),
    OPTIONAL_BOOL("boolean"),
    INT("integer"),
    OPTIONAL_INT("integer"),
    FLOAT("number"),
    DURATION("duration such as \"1m30s\""),
    OPTIONAL_DURATION("duration such as \"1m30s\""),
    LIST("list of strings"),
    GATES("map of feature names to true or false"),
    ANY("value");

    final String words;

    Kind(String words) {
      this.words = words;
    }

    boolean isBool() {
      return this == BOOL || this == OPTIONAL_BOOL;
    }
  }

  final String path;
  final Kind kind;
  final Object defaultValue;

  /** Without dashes; null if only the file has it. */
  final @Nullable String flag;

  final String help;

  ConfigField(String path, Kind kind, Object defaultValue, @Nullable String flag, String help) {
    this.path = path;
    this.kind = kind;
    this.defaultValue = defaultValue;
    this.flag = flag;
    this.help = help;
  }

  /** Flags that are obeyed beside a configuration file. */
  boolean isObeyedBesideFile() {
    return this == HOSTNAME_OVERRIDE || path.startsWith("logging.");
  }
}
