// SPDX-License-Identifier: Apache-2.0
/**
 * Says in words what happens to a connection, a request or a query, and which object decides it:
 * the data planes' own rules, applied to one question and the objects of an API server.
 *
 * <p>Starting points: {@link dev.fairway.node.explain.Explainer}, {@link
 * dev.fairway.node.explain.ClusterView}.
 */
@NullMarked
package dev.fairway.node.explain;

import org.jspecify.annotations.NullMarked;
