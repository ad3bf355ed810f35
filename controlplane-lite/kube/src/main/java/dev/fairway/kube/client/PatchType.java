// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

/** How a PATCH body is to be read. */
public enum PatchType {
  /** RFC 7386. */
  MERGE("application/merge-patch+json"),
  /** Kubernetes' merge that knows the keys of lists. */
  STRATEGIC("application/strategic-merge-patch+json"),
  /** RFC 6902. */
  JSON("application/json-patch+json");

  private final String mediaType;

  PatchType(String mediaType) {
    this.mediaType = mediaType;
  }

  /** The Content-Type of such a body. */
  public String mediaType() {
    return mediaType;
  }
}
