// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is special about one kind: pure functions on JSON trees, called in the order defaults,
 * prepare, admission, validate. Methods that take a tree to change may change it in place; it is
 * theirs. A tree named {@code old} or {@code stored} is shared and must not be changed.
 *
 * <p>The generic server itself does everything about metadata: name, generateName, namespace, uid,
 * creationTimestamp, resourceVersion, deletionTimestamp, finalizers, labels and annotations syntax.
 * {@code metadata.generation} is the strategy's: 1 on create, plus 1 when the spec changed.
 */
public interface KindStrategy {

  /** API defaulting; also runs on what a PUT or PATCH results in. Must be idempotent. */
  default void applyDefaults(ObjectNode o) {}

  /** Clears what a creator may not set (status), sets generation 1. */
  default void prepareForCreate(ObjectNode o) {}

  /**
   * Keeps or resets what this way of writing may not change: status on a plain update, all but
   * status on a status update; bumps the generation when the spec changed.
   *
   * @param subresource null for the object itself, else status, scale, finalize or binding
   */
  default void prepareForUpdate(ObjectNode next, ObjectNode old, @Nullable String subresource) {}

  /**
   * Everything that is wrong with the object, in the order Kubernetes reports it; empty if nothing
   * is.
   *
   * @param old the stored object on update, null on create
   */
  default List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    return List.of();
  }

  /** The columns of {@code kubectl get}; the default prints name and age. */
  default TablePrinter table() {
    return TablePrinter.NAME_AND_AGE;
  }

  /**
   * The fields that a fieldSelector may name, besides metadata.name and metadata.namespace, with
   * their values in this object. The same keys for every object, also for an empty one.
   */
  default Map<String, String> selectableFields(ObjectNode o) {
    return Map.of();
  }

  /** Which names the kind accepts. */
  default NameRule nameRule() {
    return NameRule.SUBDOMAIN;
  }

  /**
   * How long the object stays, marked with a deletionTimestamp, until its owner deletes it with
   * grace 0. Zero removes at once. A pod on a node answers the request or its own
   * terminationGracePeriodSeconds, any other kind 0.
   *
   * @param requested gracePeriodSeconds of the delete request, null if absent
   */
  default long deletionGraceSeconds(ObjectNode stored, @Nullable Long requested) {
    return 0;
  }

  /** Marks an object that was just given its deletionTimestamp (namespace: phase Terminating). */
  default void prepareForDelete(ObjectNode next) {}

  /**
   * Whether the object has to stay after deletion was requested for a reason other than
   * metadata.finalizers and grace (namespace: spec.finalizers not empty).
   */
  default boolean outlivesDeletion(ObjectNode stored) {
    return false;
  }

  /** Whether PUT on an absent name creates the object (Kubernetes: leases, events). */
  default boolean allowsCreateOnUpdate() {
    return false;
  }

  /** Whether an update may come without metadata.resourceVersion (last write wins). */
  default boolean allowsUnconditionalUpdate() {
    return true;
  }
}
