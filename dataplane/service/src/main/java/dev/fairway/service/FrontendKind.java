// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/** What kind of address a client dialled. */
public enum FrontendKind {
  CLUSTER_IP,
  NODE_PORT,
  LOAD_BALANCER_IP,
  EXTERNAL_IP
}
