// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One object at one revision. The tree is shared by everybody and must not be changed; the JSON
 * text is made once, on first use, and serves the file, lists and all watches.
 */
public final class StoredObject {
  private final ObjectId id;
  private final long revision;
  private final ObjectNode tree;
  private volatile byte @Nullable [] json;

  StoredObject(ObjectId id, long revision, ObjectNode tree, byte @Nullable [] json) {
    this.id = id;
    this.revision = revision;
    this.tree = tree;
    this.json = json;
  }

  /** An object that is only shown, as a dry run does. */
  public static StoredObject unstored(ObjectId id, ObjectNode tree) {
    return new StoredObject(id, 0, tree, null);
  }

  public ObjectId id() {
    return id;
  }

  /** The revision of the write that made this state; also in metadata.resourceVersion. */
  public long revision() {
    return revision;
  }

  /** Shared, read-only. */
  public ObjectNode tree() {
    return tree;
  }

  /** UTF-8 JSON, shared, read-only. */
  public byte[] json() {
    byte[] made = json;
    if (made == null) {
      made = Json.bytes(tree);
      json = made;
    }
    return made;
  }

  /** The same state with another metadata.resourceVersion, as events about it carry. */
  public StoredObject atRevision(long other) {
    ObjectNode copy = tree.deepCopy();
    Json.metadata(copy).put("resourceVersion", Long.toString(other));
    return new StoredObject(id, other, copy, null);
  }

  @Override
  public String toString() {
    return id.key() + "@" + revision;
  }
}
