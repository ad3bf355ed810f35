// SPDX-License-Identifier: Apache-2.0
/**
 * A small client of the Kubernetes API: requests, kubeconfig, and informers that keep a copy of a
 * kind in memory whatever the connection does.
 *
 * <p>Starting points: {@link dev.fairway.kube.client.KubeConfig}, {@link
 * dev.fairway.kube.client.KubeClient}, {@link dev.fairway.kube.client.Informer}, {@link
 * dev.fairway.kube.client.Reflector}.
 */
@NullMarked
package dev.fairway.kube.client;

import org.jspecify.annotations.NullMarked;
