// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.deployment;

import dev.fairway.kube.api.PodTemplate;
import dev.fairway.kube.codec.KubeCodec;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Names and compares pod templates. */
final class TemplateHash {
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private TemplateHash() {}

  /** The value of pod-template-hash: FNV-1a in an alphabet without vowels. */
  static String of(PodTemplate template, @Nullable Integer collisionCount) {
    int hash = 0x811c9dc5;
    for (byte b : template.json().getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x01000193;
    }
    if (collisionCount != null) {
      for (int shift = 0; shift < 32; shift += 8) {
        hash = (hash ^ ((collisionCount >>> shift) & 0xff)) * 0x01000193;
      }
    }
    StringBuilder safe = new StringBuilder();
    for (char c : Integer.toUnsignedString(hash).toCharArray()) {
      safe.append(ALPHABET.charAt(c % ALPHABET.length()));
    }
    return safe.toString();
  }

  /** Whether two templates are the same apart from the hash label. */
  static boolean sameTemplate(PodTemplate a, PodTemplate b) {
    return a.json().equals(b.json()) || withoutHash(a).equals(withoutHash(b));
  }

  private static JsonNode withoutHash(PodTemplate template) {
    JsonNode tree = KubeCodec.json().readTree(template.json());
    if (tree.path("metadata") instanceof ObjectNode metadata) {
      metadata.remove("creationTimestamp");
      if (metadata.get("labels") instanceof ObjectNode labels) {
        labels.remove(Deployments.HASH_LABEL);
        if (labels.isEmpty()) {
          metadata.remove("labels");
        }
      }
    }
    return tree;
  }
}
