// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Sets what the configuration says about the kernel and about this process. What may not be written
 * is said and left: a proxy that works with other conntrack limits is better than none.
 */
final class KernelSettings {
  private static final long MAX_CONNTRACK = 1_048_576;
  private static final String NETFILTER = "proc/sys/net/netfilter/";

  private final Path root;
  private final int cores;
  private final Consumer<String> report;

  /**
   * Settings of a machine.
   *
   * @param root "/", or another folder that stands for it
   * @param cores how many cores it has
   * @param report told of what was set and of what could not be
   */
  KernelSettings(Path root, int cores, Consumer<String> report) {
    this.root = root;
    this.cores = cores;
    this.report = report;
  }

  /** Sets everything. */
  void apply(KubeProxyConfig config) {
    conntrackMax(config);
    seconds("nf_conntrack_tcp_timeout_established", config, ConfigField.CONNTRACK_TCP_ESTABLISHED);
    seconds("nf_conntrack_tcp_timeout_close_wait", config, ConfigField.CONNTRACK_TCP_CLOSE_WAIT);
    seconds("nf_conntrack_udp_timeout", config, ConfigField.CONNTRACK_UDP_TIMEOUT);
    seconds("nf_conntrack_udp_timeout_stream", config, ConfigField.CONNTRACK_UDP_STREAM_TIMEOUT);
    if (config.flag(ConfigField.CONNTRACK_TCP_BE_LIBERAL)) {
      write(NETFILTER + "nf_conntrack_tcp_be_liberal", 1);
    }
    write("proc/self/oom_score_adj", config.number(ConfigField.OOM_SCORE_ADJ));
  }

  /**
   * Sets what a process without the privilege to needs later.
   *
   * @param announces whether addresses of load balancers are answered for by one node of many
   */
  void prepare(boolean announces) {
    // Of IPv4 a local route is enough to bind an address; of IPv6 it takes this too.
    write("proc/sys/net/ipv6/ip_nonlocal_bind", 1);
    String arp = "proc/sys/net/ipv4/conf/all/arp_ignore";
    if (announces && Files.exists(root.resolve(arp)) && read(arp) == 0) {
      // The kernel would answer for an address that all nodes have a local route of.
      write(arp, 1);
    }
  }

  /** Lets every process of the network namespace listen on ports below 1024. */
  void openLowPorts() {
    write("proc/sys/net/ipv4/ip_unprivileged_port_start", 0);
  }

  /** How many connections conntrack is to remember; 0: as many as it does now. */
  static long conntrackMax(KubeProxyConfig config, int cores) {
    long perCore = config.number(ConfigField.CONNTRACK_MAX_PER_CORE);
    long min = config.number(ConfigField.CONNTRACK_MIN);
    return perCore <= 0 ? 0 : Math.max(min, Math.min(MAX_CONNTRACK, perCore * cores));
  }

  private void conntrackMax(KubeProxyConfig config) {
    long wanted = conntrackMax(config, cores);
    String name = NETFILTER + "nf_conntrack_max";
    long present = read(name);
    // Somebody who set more than we would had a reason.
    if (wanted > 0 && present >= 0 && wanted > present) {
      write(name, wanted);
    }
    String buckets = "sys/module/nf_conntrack/parameters/hashsize";
    long hashed = read(buckets);
    if (wanted > 0 && hashed >= 0 && hashed < wanted / 4) {
      write(buckets, wanted / 4);
    }
  }

  private void seconds(String name, KubeProxyConfig config, ConfigField field) {
    Duration duration = config.duration(field);
    if (!duration.isZero()) {
      write(NETFILTER + name, duration.toSeconds());
    }
  }

  /** The number in a file, -1 if there is none. */
  private long read(String name) {
    try {
      return Long.parseLong(Files.readString(root.resolve(name)).strip());
    } catch (IOException | NumberFormatException _) {
      return -1;
    }
  }

  private void write(String name, long value) {
    Path file = root.resolve(name);
    if (!Files.exists(file) || read(name) == value) {
      return;
    }
    try {
      Files.writeString(file, Long.toString(value));
      report.accept("set /" + name + " to " + value);
    } catch (IOException e) {
      report.accept("cannot set /" + name + " to " + value + ", left as it is: " + e);
    }
  }
}
