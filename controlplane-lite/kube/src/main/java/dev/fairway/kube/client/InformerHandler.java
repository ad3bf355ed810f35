// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

/**
 * Told about the changes of an {@link Informer}'s cache, one at a time, after the cache has them.
 * An exception is logged and stops nothing.
 */
public interface InformerHandler<T> {

  /** An object that the cache did not have. */
  default void added(T object) {}

  /** An object in a new state. */
  default void updated(T old, T now) {}

  /** An object is gone; its last known state. */
  default void deleted(T last) {}
}
