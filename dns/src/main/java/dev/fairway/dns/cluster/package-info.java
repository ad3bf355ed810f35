// SPDX-License-Identifier: Apache-2.0
/**
 * The zone of the cluster (Kubernetes DNS specification 1.1.0) as a pure function of the service
 * model: no sockets, no clock of its own. A writer turns each changed service into an immutable
 * entry; event loops read one volatile snapshot. Starting points: {@link
 * dev.fairway.dns.cluster.ClusterZone} and {@link dev.fairway.dns.cluster.ZoneAnswerer}.
 */
@NullMarked
package dev.fairway.dns.cluster;

import org.jspecify.annotations.NullMarked;
