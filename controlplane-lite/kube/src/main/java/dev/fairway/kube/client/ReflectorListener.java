// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.util.List;

/**
 * Receives what a {@link Reflector} sees. All calls come from the reflector's thread, one at a
 * time; an exception is logged and does not stop the reflector.
 */
public interface ReflectorListener<T> {

  /**
   * The whole collection: what was known before and is not in it is gone. Called once after the
   * start, and again whenever the server no longer had the changes since the last known state.
   */
  void onReplace(List<T> all, String resourceVersion);

  /** An object is new or changed. */
  void onUpsert(T object);

  /** An object is gone; its last state. */
  void onDelete(T last);
}
