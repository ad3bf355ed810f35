// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

/** A reference to another object (core/v1 ObjectReference); absent fields are "". */
public record ObjectReference(
    String apiVersion,
    String kind,
    String namespace,
    String name,
    String uid,
    String resourceVersion,
    String fieldPath) {
  public ObjectReference {
    apiVersion = Absent.asEmpty(apiVersion);
    kind = Absent.asEmpty(kind);
    namespace = Absent.asEmpty(namespace);
    name = Absent.asEmpty(name);
    uid = Absent.asEmpty(uid);
    resourceVersion = Absent.asEmpty(resourceVersion);
    fieldPath = Absent.asEmpty(fieldPath);
  }
}
