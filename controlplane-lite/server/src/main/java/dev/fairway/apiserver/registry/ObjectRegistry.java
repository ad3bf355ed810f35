// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import dev.fairway.apiserver.storage.Change;
import dev.fairway.apiserver.storage.ObjectId;
import dev.fairway.apiserver.storage.ObjectStore;
import dev.fairway.apiserver.storage.StoredObject;
import dev.fairway.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The served resources and what is stored of them. Reads see only what is on disk; writes go
 * through {@link ObjectWriter}. Thread-safe.
 */
public final class ObjectRegistry implements ObjectReader {
  /** Changes that each resource keeps for watches. */
  private static final int RING_CHANGES = 10_000;

  private static final long RING_BYTES = 32L << 20;

  private final ObjectStore store;
  private final List<ResourceDescriptor> resources;
  private final Map<Key, ResourceDescriptor> byPlural = new HashMap<>();
  private final Map<Key, WatchCache> caches = new HashMap<>();

  private record Key(String group, String plural) {}

  /** Loads the caches from the store and follows it from here on. */
  public ObjectRegistry(ObjectStore store, List<ResourceDescriptor> resources) {
    this(store, resources, RING_CHANGES);
  }

  ObjectRegistry(ObjectStore store, List<ResourceDescriptor> resources, int ringChanges) {
    this.store = store;
    this.resources = List.copyOf(resources);
    Map<Key, List<StoredObject>> loaded = new HashMap<>();
    for (StoredObject object : store.loaded()) {
      loaded.computeIfAbsent(key(object), k -> new ArrayList<>()).add(object);
    }
    for (ResourceDescriptor resource : resources) {
      Key key = new Key(resource.group(), resource.plural());
      byPlural.put(key, resource);
      caches.put(
          key,
          new WatchCache(
              loaded.getOrDefault(key, List.of()), ringChanges, RING_BYTES, store::revision));
    }
    store.listen(this::onCommitted);
  }

  private static Key key(StoredObject object) {
    return new Key(object.id().group(), object.id().plural());
  }

  private void onCommitted(List<Change> changes) {
    if (changes.size() == 1) {
      apply(key(changes.getFirst().object()), changes);
      return;
    }
    Map<Key, List<Change>> byResource = new LinkedHashMap<>();
    for (Change change : changes) {
      byResource.computeIfAbsent(key(change.object()), k -> new ArrayList<>()).add(change);
    }
    byResource.forEach(this::apply);
  }

  private void apply(Key key, List<Change> changes) {
    WatchCache cache = caches.get(key);
    if (cache != null) {
      cache.apply(changes);
    }
  }

  /** Every served resource, in the order of discovery. */
  public List<ResourceDescriptor> resources() {
    return resources;
  }

  /** The resource of a URL, or null. */
  public @Nullable ResourceDescriptor resource(String group, String version, String plural) {
    ResourceDescriptor resource = byPlural.get(new Key(group, plural));
    return resource != null && resource.version().equals(version) ? resource : null;
  }

  /** What readers of a resource see. */
  public WatchCache cache(ResourceDescriptor resource) {
    WatchCache cache = caches.get(new Key(resource.group(), resource.plural()));
    if (cache == null) {
      throw new IllegalArgumentException("resource: " + resource + " (expected: a served one)");
    }
    return cache;
  }

  /**
   * The committed object.
   *
   * @throws StatusException 404 if there is none
   */
  public StoredObject read(ResourceDescriptor resource, String namespace, String name)
      throws StatusException {
    StoredObject object = cache(resource).snapshot().objects().get(namespace, name);
    if (object == null) {
      throw StatusException.notFound(resource, name);
    }
    return object;
  }

  /** The revision that lists without a resource of their own show. */
  public long revision() {
    return store.revision();
  }

  /** The newest state including writes on their way to disk, as admission must see it. */
  @Override
  public @Nullable ObjectNode get(String group, String plural, String namespace, String name) {
    StoredObject object = store.head(new ObjectId(group, plural, namespace, name));
    return object == null ? null : object.tree();
  }

  @Override
  public List<ObjectNode> list(String group, String plural, String namespace) {
    WatchCache cache = caches.get(new Key(group, plural));
    List<ObjectNode> trees = new ArrayList<>();
    if (cache != null) {
      cache.snapshot().objects().visit(namespace, "", "", object -> trees.add(object.tree()));
    }
    return trees;
  }

  ObjectStore store() {
    return store;
  }

  /** Ends all watches. */
  public void close() {
    caches.values().forEach(WatchCache::close);
  }
}
