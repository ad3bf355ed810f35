// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;

/** Keeps a listener up to date with one collection. */
public final class Reflector<T extends KubeObject> implements AutoCloseable {
  private final String name;

  public Reflector(
      KubeClient client,
      Resource<T> resource,
      ListOptions selector,
      ReflectorListener<T> listener,
      ReflectorOptions options) {
    name = resource.plural();
  }

  /** Starts the thread; may be called once. */
  public void start() {
    throw new UnsupportedOperationException(name);
  }

  /** Whether the listener was given the whole collection at least once. */
  public boolean hasSynced() {
    return false;
  }

  /** Ends the thread promptly; the listener is not called any more once this returns. */
  @Override
  public void close() {}
}
