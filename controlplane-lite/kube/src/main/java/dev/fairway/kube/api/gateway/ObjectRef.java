// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import org.jspecify.annotations.Nullable;

/**
 * A reference to an object: SecretObjectReference, ObjectReference, LocalObjectReference and the
 * target of a policy.
 *
 * @param group null where the kind's default applies
 * @param namespace null for the namespace of the referring object
 * @param sectionName a part of the object, or null for the whole
 */
public record ObjectRef(
    @Nullable String group,
    @Nullable String kind,
    @Nullable String namespace,
    String name,
    @Nullable String sectionName) {
  public ObjectRef {
    name = Absent.asEmpty(name);
  }

  /** The group, or a default where it is absent. */
  public String groupOr(String fallback) {
    return group == null ? fallback : group;
  }

  /** The kind, or a default where it is absent. */
  public String kindOr(String fallback) {
    return kind == null ? fallback : kind;
  }

  /** The namespace, or that of the referring object where it is absent. */
  public String namespaceOr(String fallback) {
    return namespace == null || namespace.isEmpty() ? fallback : namespace;
  }
}
