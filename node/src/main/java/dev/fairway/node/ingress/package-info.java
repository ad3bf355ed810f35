// SPDX-License-Identifier: Apache-2.0
/**
 * The gateway as a daemon: its pages, its replicas, the addresses that it says it is served at.
 * Starting point: {@link dev.fairway.node.ingress.IngressDaemon}.
 */
@NullMarked
package dev.fairway.node.ingress;

import org.jspecify.annotations.NullMarked;
