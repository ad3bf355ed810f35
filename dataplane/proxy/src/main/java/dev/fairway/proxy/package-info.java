// SPDX-License-Identifier: Apache-2.0
/**
 * What every data plane shares: the interface of a proxier, the choice of an endpoint, session
 * affinity, counters.
 *
 * <p>Starting points: {@link dev.fairway.proxy.Proxier}, {@link dev.fairway.proxy.PortState},
 * {@link dev.fairway.proxy.AffinityTable}.
 */
@NullMarked
package dev.fairway.proxy;

import org.jspecify.annotations.NullMarked;
