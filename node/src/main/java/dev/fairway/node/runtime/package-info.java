// SPDX-License-Identifier: Apache-2.0
/**
 * Pods as processes of this machine: what the kubelet and a container engine do in a real cluster,
 * without images, namespaces or privileges. A pod has one virtual thread that owns its state; each
 * container is a process group with a log file; probes, hooks, restarts, graceful deletion, status
 * and the log server follow the kubelet's rules.
 *
 * <p>Starting points: {@link dev.fairway.node.runtime.NodeAgent}, {@link
 * dev.fairway.node.runtime.PodWorker}, {@link dev.fairway.node.runtime.ProcessLauncher}, {@link
 * dev.fairway.node.runtime.LogServer}.
 */
@NullMarked
package dev.fairway.node.runtime;

import org.jspecify.annotations.NullMarked;
