// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.client.ReflectorListener;
import java.util.List;

/** Gives objects of one watch to two receivers, to the first one first. */
record BothListeners<T extends KubeObject>(ReflectorListener<T> first, ReflectorListener<T> second)
    implements ReflectorListener<T> {
  @Override
  public void onReplace(List<T> objects, String resourceVersion) {
    first.onReplace(objects, resourceVersion);
    second.onReplace(objects, resourceVersion);
  }

  @Override
  public void onUpsert(T object) {
    first.onUpsert(object);
    second.onUpsert(object);
  }

  @Override
  public void onDelete(T last) {
    first.onDelete(last);
    second.onDelete(last);
  }
}
