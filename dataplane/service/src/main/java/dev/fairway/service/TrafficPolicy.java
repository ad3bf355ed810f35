// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/** Which endpoints a class of traffic may use: all of the cluster or those of its own node. */
public enum TrafficPolicy {
  CLUSTER,
  LOCAL
}
