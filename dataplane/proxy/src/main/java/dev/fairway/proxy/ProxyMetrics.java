// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a proxier. Thread-safe; the exporter reads them. */
public final class ProxyMetrics {
  /** {@code kubeproxy_sync_proxy_rules_service_changes_total}. */
  public final LongAdder serviceChanges = new LongAdder();

  /** Count of {@code kubeproxy_sync_proxy_rules_duration_seconds}. */
  public final LongAdder syncs = new LongAdder();

  /** Sum of {@code kubeproxy_sync_proxy_rules_duration_seconds}, in nanoseconds. */
  public final LongAdder syncNanos = new LongAdder();

  /** {@code kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="internal"}}. */
  public final AtomicLong internalNoLocalEndpoints = new AtomicLong();

  /** {@code kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="external"}}. */
  public final AtomicLong externalNoLocalEndpoints = new AtomicLong();

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

  /** Attempts to connect to an endpoint that failed. */
  public final LongAdder dialFailures = new LongAdder();

  /** Connections that another endpoint got after the first choice failed. */
  public final LongAdder dialRetries = new LongAdder();

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

  /** UDP flows closed early to keep within the limits. */
  public final LongAdder udpEvicted = new LongAdder();

  /** Datagrams that were discarded. */
  public final LongAdder udpDropped = new LongAdder();

  /** Connections that went to the endpoint their client already used. */
  public final LongAdder affinityHits = new LongAdder();

  /** Connections of services with affinity that got a fresh endpoint. */
  public final LongAdder affinityMisses = new LongAdder();
}
