// SPDX-License-Identifier: Apache-2.0
/**
 * What others ask a proxy over HTTP: whether it is healthy, whether a node has ready endpoints of a
 * service, and its metrics; texts and status codes are kube-proxy's.
 *
 * <p>Starting points: {@link dev.fairway.proxy.health.ProxyServers} runs all servers, {@link
 * dev.fairway.proxy.health.ProxyHealth} decides what healthy means.
 */
@NullMarked
package dev.fairway.proxy.health;

import org.jspecify.annotations.NullMarked;
