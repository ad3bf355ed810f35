// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import dev.fairway.proxy.Histogram;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.ProxyMetrics.TrafficDirection;
import dev.fairway.service.IpFamily;
import dev.fairway.service.metrics.MetricsText;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Set;

/** All metrics of a proxy under kube-proxy's names, and those it does not have under our own. */
final class ProxyMetricsText {
  private final ProxyMetrics metrics;
  private final ProxyHealth health;
  private final Set<IpFamily> families;
  private final String version;
  private final MetricsText out = new MetricsText();

  ProxyMetricsText(
      ProxyMetrics metrics, ProxyHealth health, Set<IpFamily> families, String version) {
    this.metrics = metrics;
    this.version = version;
    this.health = health;
    this.families = families;
  }

  String render() {
    sync();
    noLocalEndpoints();
    health();
    udp();
    traffic();
    ProcessMetricsText.write(out);
    jvm();
    build();
    return out.toString();
  }

  private void sync() {
    histogram(
        "kubeproxy_sync_proxy_rules_duration_seconds",
        "[ALPHA] SyncProxyRules latency in seconds",
        metrics.syncSeconds);
    histogram(
        "kubeproxy_sync_full_proxy_rules_duration_seconds",
        "[ALPHA] SyncProxyRules latency in seconds for full resyncs",
        metrics.fullSyncSeconds);
    histogram(
        "kubeproxy_sync_partial_proxy_rules_duration_seconds",
        "[ALPHA] SyncProxyRules latency in seconds for partial resyncs",
        metrics.partialSyncSeconds);
    histogram(
        "kubeproxy_network_programming_duration_seconds",
        "[ALPHA] In Cluster Network Programming Latency in seconds",
        metrics.networkProgrammingSeconds);
    perFamily(
        "kubeproxy_sync_proxy_rules_last_timestamp_seconds",
        "[ALPHA] The last time proxy rules were successfully synced",
        metrics.lastSyncMillis.get() / 1000.0);
    perFamily(
        "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds",
        "[ALPHA] The last time a sync of proxy rules was queued",
        metrics.lastQueuedMillis.get() / 1000.0);
    out.gauge(
        "kubeproxy_sync_proxy_rules_endpoint_changes_pending",
        "[ALPHA] Pending proxy rules Endpoint changes",
        metrics.endpointChangesPending.get());
    out.counter(
        "kubeproxy_sync_proxy_rules_endpoint_changes_total",
        "[ALPHA] Cumulative proxy rules Endpoint changes",
        metrics.endpointChanges.sum());
    out.gauge(
        "kubeproxy_sync_proxy_rules_service_changes_pending",
        "[ALPHA] Pending proxy rules Service changes",
        metrics.serviceChangesPending.get());
    out.counter(
        "kubeproxy_sync_proxy_rules_service_changes_total",
        "[ALPHA] Cumulative proxy rules Service changes",
        metrics.serviceChanges.sum());
  }

  private void noLocalEndpoints() {
    String name = "kubeproxy_sync_proxy_rules_no_local_endpoints_total";
    out.metric(
        name, "gauge", "[ALPHA] Number of services with a Local traffic policy and no endpoints");
    for (TrafficDirection direction : TrafficDirection.values()) {
      for (IpFamily family : families) {
        out.sample(
            name,
            familyLabel(family)
                + ",traffic_policy=\""
                + direction.name().toLowerCase(Locale.ROOT)
                + '"',
            metrics.noLocalEndpoints(direction, family).get());
      }
    }
  }

  private void health() {
    String healthz = "kubeproxy_proxy_healthz_total";
    out.metric(healthz, "counter", "[ALPHA] Cumulative proxy healthz HTTP status")
        .sample(healthz, "code=\"200\"", health.healthzCount(200))
        .sample(healthz, "code=\"503\"", health.healthzCount(503));
    String livez = "kubeproxy_proxy_livez_total";
    out.metric(livez, "counter", "[ALPHA] Cumulative proxy livez HTTP status")
        .sample(livez, "code=\"200\"", health.livezCount(200))
        .sample(livez, "code=\"503\"", health.livezCount(503));
  }

  private void udp() {
    histogram(
        "kubeproxy_conntrack_reconciler_sync_duration_seconds",
        "[ALPHA] ReconcileConntrackFlowsLatency latency in seconds",
        metrics.udpReconcileSeconds);
    perFamilyTotal(
        "kubeproxy_conntrack_reconciler_deleted_entries_total",
        "[ALPHA] UDP flows closed because their endpoint left",
        metrics.udpStale.sum());
    out.gauge("fairway_proxy_udp_flows", "Open UDP flows", metrics.udpActive.get());
    out.counter("fairway_proxy_udp_flows_total", "Opened UDP flows", metrics.udpFlows.sum());
    out.counter(
        "fairway_proxy_udp_evicted_flows_total",
        "UDP flows closed early to keep within the limits",
        metrics.udpEvicted.sum());
    out.counter(
        "fairway_proxy_udp_dropped_datagrams_total",
        "Datagrams that were discarded",
        metrics.udpDropped.sum());
  }

  private void traffic() {
    out.gauge("fairway_proxy_frontends", "Addresses answered", metrics.frontends.get());
    out.counter(
        "fairway_proxy_bind_failures_total",
        "Failed attempts to bind an address",
        metrics.bindFailures.sum());
    out.gauge("fairway_proxy_tcp_connections", "Open connections", metrics.tcpActive.get());
    out.counter(
        "fairway_proxy_tcp_connections_total", "Accepted connections", metrics.tcpAccepted.sum());
    out.counter(
        "fairway_proxy_tcp_refused_total",
        "Connections reset by policy, source ranges, limits or for lack of an endpoint",
        metrics.tcpRefused.sum());
    out.counter(
        "fairway_proxy_tcp_limited_total",
        "Connections reset because a limit was reached",
        metrics.tcpLimited.sum());
    out.counter(
        "fairway_proxy_tcp_silent_closed_total",
        "Connections without a byte that made room near a limit",
        metrics.tcpSilentClosed.sum());
    out.counter(
        "fairway_proxy_tcp_half_closed_idle_total",
        "Half-closed connections that ended for idleness",
        metrics.tcpHalfClosedIdle.sum());
    out.counter(
        "fairway_proxy_dial_failures_total",
        "Attempts to reach an endpoint that failed",
        metrics.dialFailures.sum());
    out.counter(
        "fairway_proxy_dial_retries_total",
        "Connections given to another endpoint after a failure",
        metrics.dialRetries.sum());
    out.counter(
        "fairway_proxy_ejections_total",
        "Endpoints left out of the choice for a while",
        metrics.ejections.sum());
    String bytes = "fairway_proxy_bytes_total";
    out.metric(bytes, "counter", "Bytes relayed")
        .sample(bytes, "direction=\"upstream\"", metrics.bytesUpstream.sum())
        .sample(bytes, "direction=\"downstream\"", metrics.bytesDownstream.sum());
    String affinity = "fairway_proxy_affinity_total";
    out.metric(affinity, "counter", "Choices for clients of services with session affinity")
        .sample(affinity, "result=\"hit\"", metrics.affinityHits.sum())
        .sample(affinity, "result=\"miss\"", metrics.affinityMisses.sum());
  }

  private void build() {
    String build = "kubernetes_build_info";
    out.metric(
            build,
            "gauge",
            "[BETA] A metric with a constant '1' value labeled by major, minor, git version, git"
                + " commit, git tree state, build date, Go version, and compiler from which"
                + " Kubernetes was built, and platform on which it is running.")
        .sample(build, BuildInfo.labels(version), 1);
  }

  private void jvm() {
    var memory = ManagementFactory.getMemoryMXBean();
    String used = "jvm_memory_used_bytes";
    out.metric(used, "gauge", "Memory in use")
        .sample(used, "area=\"heap\"", memory.getHeapMemoryUsage().getUsed())
        .sample(used, "area=\"nonheap\"", memory.getNonHeapMemoryUsage().getUsed());
    long collections = 0;
    long millis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      collections += Math.max(0, collector.getCollectionCount());
      millis += Math.max(0, collector.getCollectionTime());
    }
    out.counter("jvm_gc_collections_total", "Garbage collections", collections);
    out.counter("jvm_gc_seconds_total", "Time spent collecting garbage", millis / 1000.0);
    out.gauge(
        "jvm_threads",
        "Live platform threads",
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private void histogram(String name, String help, Histogram values) {
    out.metric(name, "histogram", help);
    for (IpFamily family : families) {
      out.histogram(name, familyLabel(family), values);
    }
  }

  private void perFamily(String name, String help, double value) {
    out.metric(name, "gauge", help);
    for (IpFamily family : families) {
      out.sample(name, familyLabel(family), value);
    }
  }

  /** Flows are not counted by family; the first one carries all so that sums are right. */
  private void perFamilyTotal(String name, String help, double value) {
    out.metric(name, "counter", help);
    double rest = value;
    for (IpFamily family : families) {
      out.sample(name, familyLabel(family), rest);
      rest = 0;
    }
  }

  private static String familyLabel(IpFamily family) {
    return "ip_family=\"" + ProxyHealth.label(family) + '"';
  }
}
