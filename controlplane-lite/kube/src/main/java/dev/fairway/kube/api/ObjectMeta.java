// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Metadata of an object (metav1.ObjectMeta). Absent lists and maps are empty, absent strings are
 * "".
 *
 * @param generation 0 where the kind has none
 */
public record ObjectMeta(
    String name,
    String generateName,
    String namespace,
    String uid,
    String resourceVersion,
    long generation,
    @Nullable Instant creationTimestamp,
    @Nullable Instant deletionTimestamp,
    @Nullable Long deletionGracePeriodSeconds,
    Map<String, String> labels,
    Map<String, String> annotations,
    List<OwnerReference> ownerReferences,
    List<String> finalizers) {

  public ObjectMeta {
    name = Absent.asEmpty(name);
    generateName = Absent.asEmpty(generateName);
    namespace = Absent.asEmpty(namespace);
    uid = Absent.asEmpty(uid);
    resourceVersion = Absent.asEmpty(resourceVersion);
    labels = Absent.asEmpty(labels);
    annotations = Absent.asEmpty(annotations);
    ownerReferences = Absent.asEmpty(ownerReferences);
    finalizers = Absent.asEmpty(finalizers);
  }

  /** Metadata with a name alone, for tests and for objects that are about to be created. */
  public static ObjectMeta of(String namespace, String name) {
    return new ObjectMeta(
        name, "", namespace, "", "", 0, null, null, null, Map.of(), Map.of(), List.of(), List.of());
  }

  /** The same metadata with other labels. */
  public ObjectMeta withLabels(Map<String, String> newLabels) {
    return new ObjectMeta(
        name,
        generateName,
        namespace,
        uid,
        resourceVersion,
        generation,
        creationTimestamp,
        deletionTimestamp,
        deletionGracePeriodSeconds,
        newLabels,
        annotations,
        ownerReferences,
        finalizers);
  }

  /** The same metadata with other annotations. */
  public ObjectMeta withAnnotations(Map<String, String> newAnnotations) {
    return new ObjectMeta(
        name,
        generateName,
        namespace,
        uid,
        resourceVersion,
        generation,
        creationTimestamp,
        deletionTimestamp,
        deletionGracePeriodSeconds,
        labels,
        newAnnotations,
        ownerReferences,
        finalizers);
  }

  /**
   * Whether deletion was requested; the object lives on until its grace period and finalizers are
   * done.
   */
  public boolean isTerminating() {
    return deletionTimestamp != null;
  }

  /** The owner with {@code controller: true}, if there is one. */
  public @Nullable OwnerReference controllerOwner() {
    for (OwnerReference owner : ownerReferences) {
      if (owner.isController()) {
        return owner;
      }
    }
    return null;
  }
}
