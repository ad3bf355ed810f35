// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * All objects, with one revision counter over all of them and optimistic concurrency per object.
 *
 * <p><b>Life of a write.</b> Under the lock the expected revision is compared with the head, the
 * next revision assigned and the change appended to the queue: from here later writers see it. The
 * commit thread takes whatever is queued, writes it as one chunk, syncs the file once for all of
 * them, tells the {@link CommitListener} and releases the writers. So readers, which read what the
 * listener was told, never see what a crash could take back, and writers that come together share a
 * sync.
 *
 * <p>If the file cannot be written any more, every later write fails until a restart: the head
 * would be ahead of the disk.
 *
 * <p>Thread-safe.
 */
public final class ObjectStore implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ObjectStore.class.getName());
  private static final int MAX_BATCH = 1_000;
  private static final long IDLE_MS = 5_000;
  private static final int COMPACT_EVERY = 1_000;

  private final StoreFile file;
  private final Map<ObjectId, StoredObject> head = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedBlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
  private final Thread committer;
  private volatile CommitListener listener = changes -> {};
  private volatile long committedRevision;
  private volatile @Nullable StoreException failure;
  private volatile boolean closed;
  private volatile long syncs;

  /** Guarded by {@link #lock}. */
  private long revision;

  private record Pending(@Nullable Change change, CompletableFuture<@Nullable Void> done) {}

  private ObjectStore(StoreFile file) {
    this.file = file;
    this.committer = new Thread(this::commitLoop, "fairway-store-commit");
    committer.setDaemon(true);
  }

  /**
   * Opens or creates the file and loads every object. An object that cannot be read is logged and
   * left alone.
   *
   * @throws StoreException if the file is in use, damaged or not accessible; one line
   */
  public static ObjectStore open(Path path) throws StoreException {
    StoreFile file = StoreFile.open(path);
    ObjectStore store = new ObjectStore(file);
    store.load();
    store.committer.start();
    return store;
  }

  private void load() {
    revision = file.revision();
    file.forEach((key, record) -> {
      revision = Math.max(revision, record.revision());
      ObjectId id = ObjectId.ofKey(key);
      try {
        if (id == null) {
          throw new IllegalArgumentException("unexpected key");
        }
        ObjectNode tree = Json.parseObject(record.json());
        head.put(id, new StoredObject(id, record.revision(), tree, record.json()));
      } catch (JacksonException | IllegalArgumentException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "stored object is not readable and is ignored key={0}: {1}",
            key,
            e.getMessage());
      }
    });
    committedRevision = revision;
  }

  /** Sets who hears of committed writes; call before the first write. */
  public void listen(CommitListener commitListener) {
    this.listener = commitListener;
  }

  /** Every object, in no order; meant for the time before the first write. */
  public Collection<StoredObject> loaded() {
    return head.values();
  }

  /** The revision up to which everything is on disk and was told to the listener. */
  public long revision() {
    return committedRevision;
  }

  /** How often the file was synced; with the number of writes it shows the grouping. */
  public long syncs() {
    return syncs;
  }

  /** The newest state, possibly not on disk yet: what the next write has to build on. */
  public @Nullable StoredObject head(ObjectId id) {
    return head.get(id);
  }

  /**
   * Stores an object and returns when it is on disk.
   *
   * @param expected the revision that the object must have now, 0 if it must not exist
   * @param tree the new state, taken over; metadata.resourceVersion is set here
   * @throws WriteConflictException if the object is at another revision
   * @throws StoreException if it cannot be written
   */
  public StoredObject put(ObjectId id, long expected, ObjectNode tree)
      throws WriteConflictException, StoreException {
    return write(id, expected, tree, false);
  }

  /**
   * Removes an object and returns when that is on disk.
   *
   * @return the last state, with the revision of the deletion
   */
  public StoredObject delete(ObjectId id, long expected)
      throws WriteConflictException, StoreException {
    StoredObject current = head.get(id);
    if (current == null) {
      throw new WriteConflictException(null);
    }
    return write(id, expected, current.tree().deepCopy(), true);
  }

  private StoredObject write(ObjectId id, long expected, ObjectNode tree, boolean delete)
      throws WriteConflictException, StoreException {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    StoredObject object;
    lock.lock();
    try {
      checkOpen();
      StoredObject current = head.get(id);
      if ((current == null ? 0 : current.revision()) != expected) {
        throw new WriteConflictException(current);
      }
      long next = ++revision;
      Json.metadata(tree).put("resourceVersion", Long.toString(next));
      object = new StoredObject(id, next, tree, null);
      Change.Type type;
      if (delete) {
        head.remove(id);
        type = Change.Type.DELETED;
      } else {
        head.put(id, object);
        type = current == null ? Change.Type.ADDED : Change.Type.MODIFIED;
      }
      queue.add(new Pending(new Change(type, object, current), done));
    } finally {
      lock.unlock();
    }
    object.json();
    try {
      done.join();
    } catch (java.util.concurrent.CompletionException e) {
      throw new StoreException("write failed: " + causeText(e), e);
    }
    return object;
  }

  private void checkOpen() throws StoreException {
    StoreException broken = failure;
    if (broken != null) {
      throw new StoreException(String.valueOf(broken.getMessage()), broken);
    }
    if (closed) {
      throw new StoreException("store is closed");
    }
  }

  private void commitLoop() {
    List<Pending> batch = new ArrayList<>();
    boolean running = true;
    while (running) {
      batch.clear();
      try {
        Pending first = queue.poll(IDLE_MS, TimeUnit.MILLISECONDS);
        if (first == null) {
          compact();
          continue;
        }
        batch.add(first);
        queue.drainTo(batch, MAX_BATCH - 1);
      } catch (InterruptedException _) {
        continue; // an interrupt would close the file channel; only close() ends this thread
      }
      running = commit(batch);
    }
  }

  /** False once the end marker that close() queues was seen. */
  private boolean commit(List<Pending> batch) {
    List<Change> changes = new ArrayList<>(batch.size());
    boolean goOn = true;
    for (Pending pending : batch) {
      if (pending.change() != null) {
        changes.add(pending.change());
      } else {
        goOn = false;
      }
    }
    if (!changes.isEmpty() && failure == null) {
      try {
        file.commit(changes);
        listener.onCommitted(changes);
        committedRevision = changes.getLast().object().revision();
        syncs = syncs + 1;
        if (syncs % COMPACT_EVERY == 0) {
          compact(); // a store that is never idle
        }
      } catch (RuntimeException e) {
        failure = new StoreException("store cannot be written: " + causeText(e), e);
        LOG.log(System.Logger.Level.ERROR, "store cannot be written; restart needed", e);
      }
    }
    StoreException broken = failure;
    for (Pending pending : batch) {
      if (broken == null) {
        pending.done().complete(null);
      } else {
        pending.done().completeExceptionally(broken);
      }
    }
    return goOn;
  }

  private void compact() {
    try {
      file.compactStep();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "compaction failed: {0}", e.getMessage());
    }
  }

  private static String causeText(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage());
  }

  /** Waits for writes under way, then closes the file. */
  @Override
  public void close() {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      queue.add(new Pending(null, done));
    } finally {
      lock.unlock();
    }
    done.exceptionally(e -> null).join();
    file.close();
  }
}
