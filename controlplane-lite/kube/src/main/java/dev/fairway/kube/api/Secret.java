// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Secret (core/v1). Its text form never shows the data.
 *
 * @param data base64 text by key
 */
public record Secret(ObjectMeta metadata, String type, Map<String, String> data)
    implements KubeObject {
  public Secret {
    metadata = Absent.required(metadata, "metadata");
    type = Absent.asEmpty(type);
    data = Absent.asEmpty(data);
  }

  /** The decoded value of a key, or null where it is absent or not base64. */
  public byte @Nullable [] decoded(String dataKey) {
    String text = data.get(dataKey);
    if (text == null) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
  }

  @Override
  public String toString() {
    return "Secret[" + key() + ", type=" + type + ", keys=" + data.keySet() + "]";
  }
}
