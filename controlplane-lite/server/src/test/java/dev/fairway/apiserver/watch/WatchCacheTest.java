// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.apiserver.storage.Change;
import dev.fairway.apiserver.storage.Json;
import dev.fairway.apiserver.storage.ObjectId;
import dev.fairway.apiserver.storage.StoredObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class WatchCacheTest {
  private static final int CAPACITY = 4;

  private long committed;
  private final WatchCache cache = new WatchCache(List.of(), CAPACITY, 1 << 20, () -> committed);

  private static StoredObject object(String name, String app, long revision) {
    ObjectNode tree = Json.object();
    tree.putObject("metadata").put("name", name).putObject("labels").put("app", app);
    return StoredObject.unstored(new ObjectId("", "pods", "ns", name), tree).atRevision(revision);
  }

  private @Nullable StoredObject get(String name) {
    return cache.snapshot().objects().get("ns", name);
  }

  private void put(String name, String app) {
    StoredObject before = get(name);
    StoredObject now = object(name, app, committed + 1);
    apply(new Change(before == null ? Change.Type.ADDED : Change.Type.MODIFIED, now, before));
  }

  private void delete(String name) {
    StoredObject before = get(name);
    if (before == null) {
      throw new AssertionError(name);
    }
    apply(new Change(Change.Type.DELETED, before.atRevision(committed + 1), before));
  }

  private void apply(Change change) {
    cache.apply(List.of(change));
    committed = change.object().revision();
  }

  private static List<String> names(Snapshot snapshot) {
    List<String> names = new ArrayList<>();
    snapshot.objects().visit("", "", "", o -> names.add(o.id().name() + "@" + o.revision()));
    return names;
  }

  @Test
  void watchGetsTheChangesAfterItsRevisionInOrder() throws Exception {
    put("a", "x");
    put("b", "x");
    WatchCursor cursor = cache.watch(1);
    put("a", "y");
    delete("b");
    assertThat(cursor.next(10, 0))
        .extracting(c -> c.type() + " " + c.object().id().name() + " " + c.object().revision())
        .containsExactly("ADDED b 2", "MODIFIED a 3", "DELETED b 4");
    assertThat(cursor.revision()).isEqualTo(4);
    assertThat(cursor.next(10, 0)).isEmpty();
  }

  @Test
  void bookmarkRevisionFollowsWritesOfOtherResources() throws Exception {
    put("a", "x");
    WatchCursor cursor = cache.watch(1);
    committed = 70;
    assertThat(cursor.next(10, 0)).isEmpty();
    assertThat(cursor.revision()).isEqualTo(70);
    assertThat(cache.snapshot().revision()).isEqualTo(70);
  }

  @Test
  void revisionBeforeTheRingIsCompacted() throws Exception {
    for (int i = 0; i < CAPACITY + 2; i++) {
      put("a", "v" + i);
    }
    assertThatThrownBy(() -> cache.watch(1))
        .isInstanceOf(CompactedException.class)
        .hasMessage("too old resource version: 1 (2)");
    assertThat(cache.watch(2).next(10, 0)).hasSize(CAPACITY);
  }

  @Test
  void revisionBeforeTheStartOfTheServerIsCompacted() {
    committed = 50;
    WatchCache restarted =
        new WatchCache(List.of(object("a", "x", 40)), CAPACITY, 1 << 20, () -> committed);
    assertThatThrownBy(() -> restarted.watch(49)).isInstanceOf(CompactedException.class);
    assertThat(restarted.snapshot().revision()).isEqualTo(50);
  }

  @Test
  void slowWatchEndsAndWritersNeverWait() throws Exception {
    WatchCursor slow = cache.watch(0);
    WatchCursor fast = cache.watch(0);
    for (int i = 0; i < CAPACITY; i++) {
      put("a", "v" + i);
    }
    assertThat(fast.next(10, 0)).hasSize(CAPACITY);
    put("a", "last");
    assertThat(slow.next(10, 0)).isNull();
    assertThat(slow.ended()).isTrue();
    assertThat(fast.next(10, 0)).hasSize(1);
  }

  @Test
  void ringIsBoundedByBytesToo() {
    WatchCache small = new WatchCache(List.of(), 1_000, 300, () -> committed);
    for (int i = 1; i <= 20; i++) {
      small.apply(List.of(new Change(Change.Type.ADDED, object("n" + i, "x", i), null)));
    }
    assertThatThrownBy(() -> small.watch(5)).isInstanceOf(CompactedException.class);
  }

  @Test
  void closedCacheEndsItsWatches() throws Exception {
    WatchCursor cursor = cache.watch(0);
    put("a", "x");
    cache.close();
    assertThat(cursor.next(10, Long.MAX_VALUE)).hasSize(1);
    assertThat(cursor.ended()).isFalse();
    assertThat(cursor.next(10, Long.MAX_VALUE)).isEmpty();
    assertThat(cursor.ended()).isTrue();
  }

  @Test
  void olderSnapshotIsWhatItWas() throws Exception {
    put("a", "x");
    put("b", "x");
    List<String> before = names(cache.snapshot());
    put("a", "y");
    delete("b");
    put("c", "x");
    assertThat(names(cache.snapshotAt(2))).isEqualTo(before).containsExactly("a@1", "b@2");
    assertThat(names(cache.snapshot())).containsExactly("a@3", "c@5");
    put("d", "x");
    assertThatThrownBy(() -> cache.snapshotAt(1)).isInstanceOf(CompactedException.class);
  }

  @Test
  void objectThatEntersOrLeavesTheSelectionIsAddedOrDeleted() throws Exception {
    Selection selection =
        new Selection(
            "ns", LabelSelector.parse("app=web"), FieldSelector.EVERYTHING, tree -> Map.of());
    WatchCursor cursor = cache.watch(0);
    put("a", "db");
    put("a", "web");
    put("a", "web");
    put("a", "db");
    List<String> events = new ArrayList<>();
    List<Change> changes = cursor.next(10, 0);
    assertThat(changes).isNotNull();
    for (Change change : changes) {
      Selection.Event event = selection.event(change);
      events.add(
          event == null
              ? "-"
              : event.type()
                  + " "
                  + event.object().tree().path("metadata").path("labels").path("app").asString()
                  + " "
                  + Json.meta(event.object().tree(), "resourceVersion"));
    }
    assertThat(events).containsExactly("-", "ADDED web 2", "MODIFIED web 3", "DELETED web 4");
  }

  @Test
  void sortedObjectsBehaveLikeATreeMap() {
    Random random = new Random(7);
    TreeMap<String, StoredObject> expected = new TreeMap<>();
    SortedObjects actual = SortedObjects.EMPTY;
    for (int i = 1; i <= 3_000; i++) {
      String name = "n" + random.nextInt(200);
      if (random.nextInt(3) == 0) {
        expected.remove(name);
        actual = actual.without(new ObjectId("", "pods", "ns", name));
      } else {
        StoredObject object = object(name, "x", i);
        expected.put(name, object);
        actual = actual.with(object);
      }
    }
    List<StoredObject> visited = new ArrayList<>();
    actual.visit("ns", "", "", visited::add);
    assertThat(visited).containsExactlyElementsOf(expected.values());
    assertThat(actual.size()).isEqualTo(expected.size());
    List<StoredObject> tail = new ArrayList<>();
    actual.visit("", "ns", "n50", tail::add);
    assertThat(tail).containsExactlyElementsOf(expected.tailMap("n50", false).values());
    List<StoredObject> none = new ArrayList<>();
    actual.visit("other", "", "", none::add);
    assertThat(none).isEmpty();
  }
}
