// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.StringDataType;

/**
 * The file: an MVStore with one map from key to revision and JSON. Confined to the commit thread
 * once opened. A torn tail left by a crash is ignored by MVStore, which goes back to the last whole
 * chunk; everything acknowledged is in a chunk that was synced.
 */
final class StoreFile {
  private static final String REVISION = "revision";

  /** Fill rate in percent below which the file is compacted when idle. */
  private static final int COMPACT_BELOW = 60;

  private static final int COMPACT_BYTES = 4 << 20;

  /**
   * How long chunks that are no longer referenced stay before their space is reused. Every commit
   * is synced before the next one, so this needs to cover nothing but the commit under way.
   */
  private static final int RETENTION_MS = 2_000;

  private final MVStore store;
  private final MVMap<String, byte[]> objects;
  private final MVMap<String, byte[]> meta;

  private StoreFile(MVStore store) {
    this.store = store;
    this.objects = store.openMap("objects", bytesByString());
    this.meta = store.openMap("meta", bytesByString());
  }

  private static MVMap.Builder<String, byte[]> bytesByString() {
    return new MVMap.Builder<String, byte[]>()
        .keyType(StringDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }

  static StoreFile open(Path path) throws StoreException {
    try {
      Path parent = path.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      MVStore store =
          new MVStore.Builder()
              .fileName(path.toString())
              .autoCommitDisabled()
              .cacheSize(4)
              .pageSplitSize(16 << 10)
              .open();
      store.setVersionsToKeep(0);
      store.setRetentionTime(RETENTION_MS);
      return new StoreFile(store);
    } catch (MVStoreException e) {
      String why =
          switch (e.getErrorCode()) {
            case DataUtils.ERROR_FILE_LOCKED ->
                "is in use by another process; stop that one first or use another state directory";
            case DataUtils.ERROR_FILE_CORRUPT -> "is damaged: " + firstLine(e);
            case DataUtils.ERROR_UNSUPPORTED_FORMAT -> "was written by another version";
            default -> "cannot be opened: " + firstLine(e);
          };
      throw new StoreException("store " + path + " " + why, e);
    } catch (IOException e) {
      throw new StoreException("store " + path + " cannot be opened: " + e.getMessage(), e);
    }
  }

  private static String firstLine(Throwable e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  /** The highest revision that was ever assigned and synced. */
  long revision() {
    byte[] value = meta.get(REVISION);
    return value == null ? 0 : ByteBuffer.wrap(value).getLong();
  }

  /** Revision and JSON of every object whose key is well-formed. */
  void forEach(BiConsumer<String, Record> action) {
    objects.forEach((key, value) -> {
      if (value.length > Long.BYTES) {
        long revision = ByteBuffer.wrap(value).getLong();
        action.accept(
            key, new Record(revision, Arrays.copyOfRange(value, Long.BYTES, value.length)));
      }
    });
  }

  /** What is under a key. */
  record Record(long revision, byte[] json) {}

  /** Writes all changes and returns when they are on disk. */
  void commit(List<Change> changes) {
    long revision = 0;
    for (Change change : changes) {
      StoredObject object = change.object();
      revision = object.revision();
      if (change.type() == Change.Type.DELETED) {
        objects.remove(object.id().key());
      } else {
        byte[] json = object.json();
        byte[] value =
            ByteBuffer.allocate(Long.BYTES + json.length).putLong(revision).put(json).array();
        objects.put(object.id().key(), value);
      }
    }
    meta.put(REVISION, ByteBuffer.allocate(Long.BYTES).putLong(revision).array());
    store.commit();
    store.sync();
  }

  /** Gives back space of overwritten objects; one bounded step. */
  void compactStep() {
    if (store.getFileStore().getFillRate() < COMPACT_BELOW) {
      store.compact(COMPACT_BELOW, COMPACT_BYTES);
    }
  }

  void close() {
    if (!store.isClosed()) {
      store.close();
    }
  }
}
