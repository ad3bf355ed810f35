// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.Map;

/** A ConfigMap (core/v1). */
public record ConfigMap(
    ObjectMeta metadata, Map<String, String> data, Map<String, String> binaryData)
    implements KubeObject {
  public ConfigMap {
    metadata = Absent.required(metadata, "metadata");
    data = Absent.asEmpty(data);
    binaryData = Absent.asEmpty(binaryData);
  }
}
