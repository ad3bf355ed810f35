// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.IpPrefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** What a configuration must not say; the same that keeps kube-proxy from starting. */
final class ConfigCheck {
  private static final Set<String> MODES =
      Set.of("", "iptables", "nftables", "ipvs", "auto", "ebpf", "userspace");
  private static final Set<String> LOCAL_MODES =
      Set.of("", "ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix");
  private static final Set<String> WORDS = Set.of("primary", "localhost", "all");
  private static final Set<String> KNOWN_GATES = Set.of("AllAlpha", "AllBeta", "ContextualLogging");

  private final KubeProxyConfig config;
  private final Consumer<String> warnings;
  private final List<String> faults = new ArrayList<>();

  private ConfigCheck(KubeProxyConfig config, Consumer<String> warnings) {
    this.config = config;
    this.warnings = warnings;
  }

  /**
   * Refuses what cannot be used.
   *
   * @throws ConfigException with every fault, each with its field, value and what is allowed
   */
  static void check(KubeProxyConfig config, Consumer<String> warnings) throws ConfigException {
    ConfigCheck check = new ConfigCheck(config, warnings);
    check.all();
    if (!check.faults.isEmpty()) {
      throw new ConfigException("invalid configuration: " + String.join("; ", check.faults));
    }
  }

  private void all() {
    mode();
    periods(
        ConfigField.IPTABLES_SYNC_PERIOD,
        ConfigField.IPTABLES_MIN_SYNC_PERIOD,
        ConfigField.IPTABLES_MASQUERADE_BIT);
    periods(
        ConfigField.NFTABLES_SYNC_PERIOD,
        ConfigField.NFTABLES_MIN_SYNC_PERIOD,
        ConfigField.NFTABLES_MASQUERADE_BIT);
    if (config.mode().equals("ipvs")) {
      ipvs();
    }
    if (!isPositive(config.duration(ConfigField.CONFIG_SYNC_PERIOD))) {
      fault(ConfigField.CONFIG_SYNC_PERIOD, "must be greater than 0");
    }
    range(ConfigField.OOM_SCORE_ADJ, -1000, 1000);
    range(ConfigField.BURST, 0, Integer.MAX_VALUE);
    range(ConfigField.CONNTRACK_MAX_PER_CORE, 0, Integer.MAX_VALUE);
    range(ConfigField.CONNTRACK_MIN, 0, Integer.MAX_VALUE);
    for (ConfigField field :
        List.of(
            ConfigField.CONNTRACK_TCP_ESTABLISHED,
            ConfigField.CONNTRACK_TCP_CLOSE_WAIT,
            ConfigField.CONNTRACK_UDP_TIMEOUT,
            ConfigField.CONNTRACK_UDP_STREAM_TIMEOUT)) {
      if (config.duration(field).isNegative()) {
        fault(field, "must be greater than or equal to 0");
      }
    }
    if (IpAddress.tryParse(config.text(ConfigField.BIND_ADDRESS)) == null) {
      fault(ConfigField.BIND_ADDRESS, "not a valid textual representation of an IP address");
    }
    hostPort(ConfigField.HEALTHZ_BIND_ADDRESS);
    hostPort(ConfigField.METRICS_BIND_ADDRESS);
    clusterCidr();
    localMode();
    nodePortAddresses();
    String format = config.text(ConfigField.LOGGING_FORMAT);
    if (!format.equals("text") && !format.equals("json")) {
      fault(ConfigField.LOGGING_FORMAT, "expected text or json");
    }
    for (String gate : config.featureGates().keySet()) {
      if (!KNOWN_GATES.contains(gate)) {
        warnings.accept("feature gate " + gate + " means nothing here and is ignored");
      }
    }
  }

  private void mode() {
    String mode = config.mode();
    if (mode.equals("kernelspace")) {
      fault(ConfigField.MODE, "is for Windows; expected \"\", iptables, nftables or ipvs");
    } else if (!MODES.contains(mode)) {
      fault(
          ConfigField.MODE,
          "expected \"\", iptables, nftables or ipvs, or one of ours: auto, ebpf, userspace");
    } else if (mode.equals("ipvs")) {
      warnings.accept("mode ipvs is deprecated and there is no IPVS here: taken as auto");
    }
    if (config.flag(ConfigField.WINDOWS_RUN_AS_SERVICE)
        || (config.get(ConfigField.WINKERNEL) instanceof JsonNode section
            && section
                .valueStream()
                .anyMatch(value ->
                    !value.asString("").isEmpty() && !value.asString("").equals("false")))) {
      warnings.accept("settings for Windows are ignored");
    }
  }

  private void periods(ConfigField sync, ConfigField minSync, ConfigField bit) {
    syncPeriods(sync, minSync);
    range(bit, 0, 31);
  }

  private void syncPeriods(ConfigField sync, ConfigField minSync) {
    Duration period = config.duration(sync);
    Duration least = config.duration(minSync);
    if (!isPositive(period)) {
      fault(sync, "must be greater than 0");
    }
    if (least.isNegative()) {
      fault(minSync, "must be greater than or equal to 0");
    } else if (least.compareTo(period) > 0) {
      fault(sync, "must be greater than or equal to " + minSync.path);
    }
  }

  private void ipvs() {
    syncPeriods(ConfigField.IPVS_SYNC_PERIOD, ConfigField.IPVS_MIN_SYNC_PERIOD);
    for (ConfigField field :
        List.of(
            ConfigField.IPVS_TCP_TIMEOUT,
            ConfigField.IPVS_TCP_FIN_TIMEOUT,
            ConfigField.IPVS_UDP_TIMEOUT)) {
      if (config.duration(field).isNegative()) {
        fault(field, "must be greater than or equal to 0");
      }
    }
    for (String cidr : config.list(ConfigField.IPVS_EXCLUDE_CIDRS)) {
      if (IpPrefix.tryParse(cidr) == null) {
        fault(ConfigField.IPVS_EXCLUDE_CIDRS, cidr, "must be a valid CIDR");
      }
    }
    String scheduler = config.text(ConfigField.IPVS_SCHEDULER);
    if (!scheduler.isEmpty() && !scheduler.equals("rr")) {
      warnings.accept(
          "ipvs.scheduler " + scheduler + " is ignored: endpoints are chosen at random");
    }
  }

  private void hostPort(ConfigField field) {
    String text = config.text(field);
    if (text.isEmpty()) {
      return;
    }
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    IpAddress address = IpAddress.tryParse(bracketed ? host.substring(1, host.length() - 1) : host);
    if (colon < 0 || address == null || bracketed == address.isV4()) {
      fault(field, "must be IP:port, such as 0.0.0.0:10256 or [::]:10256");
    } else if (port(text.substring(colon + 1)) < 0) {
      fault(field, "must be a valid port, 0 to 65535");
    }
  }

  /** The port that a text says, -1 if it says none. */
  static int port(String text) {
    if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int port = Integer.parseInt(text);
    return port > 65_535 ? -1 : port;
  }

  private void clusterCidr() {
    String text = config.text(ConfigField.CLUSTER_CIDR);
    if (text.isEmpty()) {
      return;
    }
    EnumSet<IpFamily> families = EnumSet.noneOf(IpFamily.class);
    String[] parts = text.split(",", -1);
    for (String part : parts) {
      IpPrefix prefix = IpPrefix.tryParse(part);
      if (prefix == null) {
        fault(
            ConfigField.CLUSTER_CIDR,
            "must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)");
        return;
      }
      families.add(prefix.family());
    }
    if (parts.length > 2) {
      fault(ConfigField.CLUSTER_CIDR, "only one CIDR allowed or a valid DualStack CIDR");
    } else if (parts.length == 2 && families.size() == 1) {
      fault(ConfigField.CLUSTER_CIDR, "must be a valid DualStack CIDR: one of each family");
    }
  }

  private void localMode() {
    String mode = config.text(ConfigField.DETECT_LOCAL_MODE);
    if (!LOCAL_MODES.contains(mode)) {
      fault(
          ConfigField.DETECT_LOCAL_MODE,
          "expected ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix");
    }
    if (mode.equals("BridgeInterface") && config.text(ConfigField.BRIDGE_INTERFACE).isEmpty()) {
      fault(ConfigField.BRIDGE_INTERFACE, "is needed with detectLocalMode BridgeInterface");
    }
    if (mode.equals("InterfaceNamePrefix")
        && config.text(ConfigField.INTERFACE_NAME_PREFIX).isEmpty()) {
      fault(
          ConfigField.INTERFACE_NAME_PREFIX, "is needed with detectLocalMode InterfaceNamePrefix");
    }
  }

  private void nodePortAddresses() {
    List<String> entries = config.list(ConfigField.NODE_PORT_ADDRESSES);
    EnumSet<IpFamily> families = EnumSet.noneOf(IpFamily.class);
    boolean words = false;
    for (String entry : entries) {
      IpPrefix prefix = IpPrefix.tryParse(entry);
      if (WORDS.contains(entry)) {
        words = true;
      } else if (prefix == null) {
        fault(
            ConfigField.NODE_PORT_ADDRESSES,
            entry,
            "must be a CIDR, or one of primary, localhost, all");
      } else {
        families.add(prefix.family());
      }
    }
    if (words && !families.isEmpty()) {
      fault(
          ConfigField.NODE_PORT_ADDRESSES,
          String.join(",", entries),
          "words such as primary cannot be mixed with CIDRs");
    }
    if (entries.isEmpty() && !config.mode().equals("nftables")) {
      warnings.accept(
          "nodePortAddresses is unset; NodePort connections will be accepted on all local IPs."
              + " Consider using `--nodeport-addresses primary`");
    }
  }

  private static boolean isPositive(Duration duration) {
    return !duration.isNegative() && !duration.isZero();
  }

  private void range(ConfigField field, int min, int max) {
    int value = config.number(field);
    if (value < min || value > max) {
      fault(field, "must be within the range [" + min + ", " + max + "]");
    }
  }

  private void fault(ConfigField field, String allowed) {
    Object value = config.get(field);
    fault(
        field,
        value instanceof Duration duration ? GoTime.format(duration) : value.toString(),
        allowed);
  }

  private void fault(ConfigField field, String value, String allowed) {
    faults.add(field.path + ": Invalid value: \"" + value + "\": " + allowed);
  }
}
