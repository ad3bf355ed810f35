// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class ObjectStoreTest {
  @TempDir Path directory;

  private static ObjectId id(String name) {
    return new ObjectId("", "configmaps", "default", name);
  }

  private static ObjectNode tree(String value) {
    ObjectNode tree = Json.object();
    tree.putObject("metadata").put("name", "any");
    return tree.put("value", value);
  }

  private static StoredObject stored(ObjectStore store, String name) {
    StoredObject object = store.head(id(name));
    if (object == null) {
      throw new AssertionError(name + " is not stored");
    }
    return object;
  }

  private ObjectStore open() throws StoreException {
    return ObjectStore.open(directory.resolve("cluster.mv"));
  }

  @Test
  void writesSurviveAReopenAndRevisionsContinue() throws Exception {
    try (ObjectStore store = open()) {
      StoredObject first = store.put(id("a"), 0, tree("1"));
      store.put(id("b"), 0, tree("2"));
      store.put(id("a"), first.revision(), tree("3"));
      StoredObject b = stored(store, "b");
      store.delete(id("b"), b.revision());
      assertThat(store.revision()).isEqualTo(4);
    }
    try (ObjectStore store = open()) {
      assertThat(store.revision()).isEqualTo(4);
      assertThat(store.loaded()).hasSize(1);
      StoredObject a = stored(store, "a");
      assertThat(a.revision()).isEqualTo(3);
      assertThat(a.tree().path("value").asString()).isEqualTo("3");
      assertThat(a.tree().path("metadata").path("resourceVersion").asString()).isEqualTo("3");
      assertThat(store.put(id("c"), 0, tree("4")).revision()).isEqualTo(5);
    }
  }

  @Test
  void writerThatExpectsAnotherRevisionGetsAConflictWithTheCurrentState() throws Exception {
    try (ObjectStore store = open()) {
      StoredObject first = store.put(id("a"), 0, tree("1"));
      assertThatThrownBy(() -> store.put(id("a"), 0, tree("2")))
          .isInstanceOfSatisfying(
              WriteConflictException.class, e -> assertThat(e.current()).isSameAs(first));
      assertThatThrownBy(() -> store.delete(id("a"), 7)).isInstanceOf(WriteConflictException.class);
      assertThatThrownBy(() -> store.delete(id("none"), 1))
          .isInstanceOfSatisfying(
              WriteConflictException.class, e -> assertThat(e.current()).isNull());
      assertThat(store.revision()).isEqualTo(1);
    }
  }

  @Test
  void writersThatComeTogetherShareOneSync() throws Exception {
    int writers = 50;
    CountDownLatch firstCommitted = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    List<Change> told = new ArrayList<>();
    try (ObjectStore store = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      store.listen(changes -> {
        told.addAll(changes);
        firstCommitted.countDown();
        awaitQuietly(goOn);
      });
      List<Future<StoredObject>> all = new ArrayList<>();
      all.add(threads.submit(() -> store.put(id("first"), 0, tree("x"))));
      firstCommitted.await();
      for (int i = 0; i < writers; i++) {
        String name = "n" + i;
        all.add(threads.submit(() -> store.put(id(name), 0, tree("x"))));
      }
      while (store.loaded().size() <= writers) {
        Thread.onSpinWait();
      }
      goOn.countDown();
      for (Future<StoredObject> future : all) {
        future.get();
      }
      assertThat(store.syncs()).isEqualTo(2);
      assertThat(told).extracting(change -> change.object().revision()).isSorted().hasSize(51);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void secondOpenerGetsOneClearLine() throws Exception {
    try (ObjectStore store = open()) {
      assertThat(store.revision()).isZero();
      assertThatThrownBy(this::open)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cluster.mv is in use by another process")
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void fileCopiedWhileItIsWrittenOpensWithEverythingAcknowledgedBefore() throws Exception {
    Path copy = directory.resolve("copy.mv");
    AtomicInteger acknowledged = new AtomicInteger();
    int before;
    try (ObjectStore store = open()) {
      for (int i = 0; i < 100; i++) {
        store.put(id("n" + i), 0, tree("x".repeat(500)));
        acknowledged.incrementAndGet();
      }
      before = acknowledged.get();
      Files.copy(directory.resolve("cluster.mv"), copy);
      store.put(id("later"), 0, tree("y"));
    }
    try (ObjectStore store = ObjectStore.open(copy)) {
      assertThat(store.loaded()).hasSize(before);
      assertThat(store.put(id("new"), 0, tree("z")).revision()).isEqualTo(before + 1);
    }
  }

  @Test
  void tornTailIsIgnored() throws Exception {
    Path file = directory.resolve("cluster.mv");
    try (ObjectStore store = open()) {
      store.put(id("a"), 0, tree("kept"));
    }
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.seek(raw.length());
      raw.write(
          "chunk:ff,block:2,len:9,"
              .repeat(300)
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }
    try (ObjectStore store = open()) {
      assertThat(stored(store, "a").tree().path("value").asString()).isEqualTo("kept");
    }
  }

  @Test
  void writeAfterCloseFails() throws Exception {
    ObjectStore store = open();
    store.close();
    assertThatThrownBy(() -> store.put(id("a"), 0, tree("1")))
        .isInstanceOf(StoreException.class)
        .hasMessage("store is closed");
  }
}
