// SPDX-License-Identifier: Apache-2.0
/**
 * kube-proxy's configuration, flags and place on a node: what an administrator wrote for kube-proxy
 * is read here and turned into the settings of our own proxy.
 *
 * <p>Starting points: {@link dev.fairway.node.kubeproxy.ConfigField} (every setting, its default
 * and its flag), {@link dev.fairway.node.kubeproxy.CommandFlags} (a command line), {@link
 * dev.fairway.node.kubeproxy.KubeProxyConfig} (the settings of one run).
 */
@NullMarked
package dev.fairway.node.kubeproxy;

import org.jspecify.annotations.NullMarked;
