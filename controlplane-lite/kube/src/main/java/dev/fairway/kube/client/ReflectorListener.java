// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Receives what a {@link Reflector} sees. All calls come from the reflector's thread, one at a
 * time; an exception is logged and does not stop the reflector.
 */
public interface ReflectorListener<T extends KubeObject> {

  /**
   * The whole collection: what was known before and is not in it is gone. Called once after the
   * start, and again whenever the server no longer had the changes since the last known state.
   */
  void onReplace(List<T> all, String resourceVersion);

  /** An object is new or changed. */
  void onUpsert(T object);

  /** An object is gone; its last state. */
  void onDelete(T last);

  /**
   * Begins to receive the whole collection, object by object while it arrives; one that is never
   * completed, because the connection ended, is dropped. A listener that keeps less than the
   * objects makes its own, so that a big collection is never in memory as a whole. By default the
   * objects are kept and handed to {@link #onReplace}.
   */
  default Replacement<T> replacement() {
    Map<ObjectKey, T> all = new LinkedHashMap<>();
    return new Replacement<>() {
      @Override
      public void add(T object) {
        all.put(object.key(), object);
      }

      @Override
      public void remove(ObjectKey key) {
        all.remove(key);
      }

      @Override
      public void complete(String resourceVersion) {
        onReplace(List.copyOf(all.values()), resourceVersion);
        // The reflector holds on to this for as long as it watches.
        all.clear();
      }
    };
  }

  /** A whole collection while it arrives. */
  interface Replacement<T> {
    /** An object of the collection; a later state of one that was added takes its place. */
    void add(T object);

    /** An object that was added went away meanwhile. */
    void remove(ObjectKey key);

    /** The collection is complete: what was known before and was not added is gone. */
    void complete(String resourceVersion);
  }
}
