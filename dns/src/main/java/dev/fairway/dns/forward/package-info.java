// SPDX-License-Identifier: Apache-2.0
/**
 * Names outside the cluster: looked up at upstream servers on virtual threads, each question once
 * at a time and from a fresh port, and cached. Starting point: {@link
 * dev.fairway.dns.forward.Forwarder}.
 */
@NullMarked
package dev.fairway.dns.forward;

import org.jspecify.annotations.NullMarked;
