// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.IpFamily;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a proxier. Thread-safe; the exporter reads them. */
public final class ProxyMetrics {
  /** {@code kubeproxy_sync_proxy_rules_service_changes_total}. */
  public final LongAdder serviceChanges = new LongAdder();

  /** {@code kubeproxy_sync_proxy_rules_service_changes_pending}. */
  public final AtomicLong serviceChangesPending = new AtomicLong();

  /** {@code kubeproxy_sync_proxy_rules_endpoint_changes_total}. */
  public final LongAdder endpointChanges = new LongAdder();

  /** {@code kubeproxy_sync_proxy_rules_endpoint_changes_pending}. */
  public final AtomicLong endpointChangesPending = new AtomicLong();

  /** {@code kubeproxy_sync_proxy_rules_duration_seconds}. */
  public final Histogram syncSeconds = Histogram.doubling(0.001, 15);

  /** {@code kubeproxy_sync_full_proxy_rules_duration_seconds}: steps from the empty snapshot. */
  public final Histogram fullSyncSeconds = Histogram.doubling(0.001, 15);

  /** {@code kubeproxy_sync_partial_proxy_rules_duration_seconds}: all other steps. */
  public final Histogram partialSyncSeconds = Histogram.doubling(0.001, 15);

  /** {@code kubeproxy_network_programming_duration_seconds}. */
  public final Histogram networkProgrammingSeconds = Histogram.networkProgramming();

  /** {@code kubeproxy_sync_proxy_rules_last_timestamp_seconds}, in milliseconds. */
  public final AtomicLong lastSyncMillis = new AtomicLong();

  /** {@code kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds}, in milliseconds. */
  public final AtomicLong lastQueuedMillis = new AtomicLong();

  private final AtomicLong[] noLocalEndpoints = {
    new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong()
  };

  /** Addresses that are being answered. */
  public final AtomicLong frontends = new AtomicLong();

  /** Failed attempts to bind an address. */
  public final LongAdder bindFailures = new LongAdder();

  /** TCP connections that were accepted. */
  public final LongAdder tcpAccepted = new LongAdder();

  /** TCP connections that are open. */
  public final AtomicLong tcpActive = new AtomicLong();

  /**
   * TCP connections that were reset because policy, source ranges or a limit did not allow them.
   */
  public final LongAdder tcpRefused = new LongAdder();

  /** TCP connections that were reset because a limit was reached. */
  public final LongAdder tcpLimited = new LongAdder();

  /**
   * TCP connections in which neither side ever sent a byte, reset to make room near a limit of
   * connections or of descriptors.
   */
  public final LongAdder tcpSilentClosed = new LongAdder();

  /** TCP connections that were closed because one half was closed and the other one idle. */
  public final LongAdder tcpHalfClosedIdle = new LongAdder();

  /** Attempts to connect to an endpoint that failed. */
  public final LongAdder dialFailures = new LongAdder();

  /** Connections that another endpoint got after the first choice failed. */
  public final LongAdder dialRetries = new LongAdder();

  /** Times that an endpoint was ejected from the choice because it took no connection. */
  public final LongAdder ejections = new LongAdder();

  /** Bytes from clients to endpoints, TCP and UDP. */
  public final LongAdder bytesUpstream = new LongAdder();

  /** Bytes from endpoints to clients, TCP and UDP. */
  public final LongAdder bytesDownstream = new LongAdder();

  /** UDP flows that are open. */
  public final AtomicLong udpActive = new AtomicLong();

  /** UDP flows that were opened. */
  public final LongAdder udpFlows = new LongAdder();

  /**
   * UDP flows closed because their endpoint left ({@code
   * kubeproxy_conntrack_reconciler_deleted_entries_total}).
   */
  public final LongAdder udpStale = new LongAdder();

  /**
   * {@code kubeproxy_conntrack_reconciler_sync_duration_seconds}: how long it took to find the
   * flows of an address whose endpoint left, in seconds.
   */
  public final Histogram udpReconcileSeconds = Histogram.doubling(0.001, 15);

  /** UDP flows closed early to keep within the limits. */
  public final LongAdder udpEvicted = new LongAdder();

  /** Datagrams that were discarded. */
  public final LongAdder udpDropped = new LongAdder();

  /** Connections that went to the endpoint their client already used. */
  public final LongAdder affinityHits = new LongAdder();

  /** Connections of services with affinity that got a fresh endpoint. */
  public final LongAdder affinityMisses = new LongAdder();

  /**
   * {@code kubeproxy_sync_proxy_rules_no_local_endpoints_total}: ports whose policy Local leaves
   * them without endpoints here though there are some elsewhere.
   */
  public AtomicLong noLocalEndpoints(TrafficDirection direction, IpFamily family) {
    return noLocalEndpoints[2 * direction.ordinal() + family.ordinal()];
  }

  /** Values of the label {@code traffic_policy}. */
  public enum TrafficDirection {
    /** To ClusterIPs. */
    INTERNAL,
    /** To node ports, load balancer and external IPs. */
    EXTERNAL
  }
}
