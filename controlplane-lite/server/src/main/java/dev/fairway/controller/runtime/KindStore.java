// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.DeleteOptions;
import dev.fairway.kube.client.Informer;
import dev.fairway.kube.client.InformerHandler;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One kind as all controllers see it: reads come from the informer's cache with our own writes on
 * top, writes go to the API and are remembered. Thread-safe.
 *
 * @param <T> the kind
 */
public final class KindStore<T extends KubeObject> {
  private final KubeClient client;
  private final Resource<T> resource;
  private final Informer<T> informer;
  private final ObjectIndex<T> index;
  private final OwnWrites<T> writes;

  KindStore(
      KubeClient client,
      Resource<T> resource,
      Informer<T> informer,
      ObjectIndex<T> index,
      OwnWrites<T> writes) {
    this.client = client;
    this.resource = resource;
    this.informer = informer;
    this.index = index;
    this.writes = writes;
    informer.addHandler(new Bookkeeping());
  }

  /** What kind this is. */
  public Resource<T> resource() {
    return resource;
  }

  /** The newest known state, or null if there is no such object. */
  public @Nullable T get(ObjectKey key) {
    return writes.newest(key, informer.get(key));
  }

  /** The newest known state of all objects under an index term of {@link Terms}. */
  public List<T> find(String term) {
    return writes.newest(index.find(term), object -> Terms.of(object).contains(term));
  }

  /** What the watch has delivered under an index term, without our own writes. */
  public List<T> findObserved(String term) {
    return index.find(term);
  }

  /** The newest known state of all objects. */
  public List<T> all() {
    return writes.newest(informer.all(), object -> true);
  }

  /** Calls back with (old, new) for every change; null stands for absent. */
  public void onChange(BiConsumer<@Nullable T, @Nullable T> listener) {
    informer.addHandler(
        new InformerHandler<T>() {
          @Override
          public void added(T object) {
            listener.accept(null, object);
          }

          @Override
          public void updated(T old, T now) {
            listener.accept(old, now);
          }

          @Override
          public void deleted(T last) {
            listener.accept(last, null);
          }
        });
  }

  /** Creates an object. */
  public T create(String namespace, ObjectNode body)
      throws KubeApiException, IOException, InterruptedException {
    T created = client.create(resource, namespace, body);
    writes.wrote(created);
    return created;
  }

  /** Replaces an object; the body's resourceVersion guards against changes in between. */
  public T update(T object, ObjectNode body)
      throws KubeApiException, IOException, InterruptedException {
    ObjectKey key = object.key();
    T updated = client.update(resource, key.namespace(), key.name(), null, body);
    writes.wrote(updated);
    return updated;
  }

  /** Applies a JSON merge patch to an object or one of its subresources. */
  public T patch(T object, @Nullable String subresource, JsonNode body)
      throws KubeApiException, IOException, InterruptedException {
    ObjectKey key = object.key();
    T patched =
        client.patch(resource, key.namespace(), key.name(), subresource, PatchType.MERGE, body);
    writes.wrote(patched);
    return patched;
  }

  /**
   * Deletes this very object (by uid).
   *
   * @return false if it was gone already
   */
  public boolean delete(T object, DeleteOptions options)
      throws KubeApiException, IOException, InterruptedException {
    ObjectKey key = object.key();
    try {
      client.delete(
          resource, key.namespace(), key.name(), options.withUid(object.metadata().uid()));
      writes.deleted(object);
      return true;
    } catch (KubeApiException e) {
      if (e.isNotFound() || e.isConflict()) {
        return false;
      }
      throw e;
    }
  }

  /** Asks the API itself. */
  public @Nullable T findLive(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    return client.find(resource, key.namespace(), key.name());
  }

  /** What the watch has delivered, without our own writes. */
  public Collection<T> observed() {
    return informer.all();
  }

  /** Keeps index and own writes in step with the cache; the first handler of the informer. */
  private final class Bookkeeping implements InformerHandler<T> {
    @Override
    public void added(T object) {
      index.put(object);
      writes.observed(object);
    }

    @Override
    public void updated(T old, T now) {
      index.put(now);
      writes.observed(now);
    }

    @Override
    public void deleted(T last) {
      index.remove(last.key());
      writes.observedDeletion(last);
    }
  }
}
