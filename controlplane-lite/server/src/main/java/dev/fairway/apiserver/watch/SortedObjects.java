// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import dev.fairway.apiserver.storage.ObjectId;
import dev.fairway.apiserver.storage.StoredObject;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Objects of one resource ordered by namespace and name. Immutable: a change copies the path to the
 * root of an AVL tree and shares the rest, so every revision is a snapshot at no cost.
 */
public final class SortedObjects {
  static final SortedObjects EMPTY = new SortedObjects(null);

  private final @Nullable Node root;

  private SortedObjects(@Nullable Node root) {
    this.root = root;
  }

  private record Node(
      StoredObject object, @Nullable Node left, @Nullable Node right, int height, int size) {}

  public int size() {
    return size(root);
  }

  /** The object, or null. */
  public @Nullable StoredObject get(String namespace, String name) {
    Node node = root;
    while (node != null) {
      int order = compare(namespace, name, node.object.id());
      if (order == 0) {
        return node.object;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  SortedObjects with(StoredObject object) {
    return new SortedObjects(put(root, object));
  }

  SortedObjects without(ObjectId id) {
    return new SortedObjects(remove(root, id.namespace(), id.name()));
  }

  /**
   * Visits objects in order until the visitor returns false.
   *
   * @param namespace only this one, "" for all
   * @param afterNamespace start after this namespace and name; "" and "" for the start
   */
  public void visit(
      String namespace, String afterNamespace, String afterName, Predicate<StoredObject> visitor) {
    String fromNamespace = afterNamespace;
    String fromName = afterName;
    if (!namespace.isEmpty() && namespace.compareTo(afterNamespace) > 0) {
      fromNamespace = namespace;
      fromName = "";
    }
    visit(root, namespace, fromNamespace, fromName, visitor);
  }

  private static boolean visit(
      @Nullable Node node,
      String namespace,
      String fromNamespace,
      String fromName,
      Predicate<StoredObject> visitor) {
    if (node == null) {
      return true;
    }
    ObjectId id = node.object.id();
    boolean after = compare(fromNamespace, fromName, id) < 0;
    if (after && !visit(node.left, namespace, fromNamespace, fromName, visitor)) {
      return false;
    }
    if (after) {
      if (!namespace.isEmpty() && !id.namespace().equals(namespace)) {
        return id.namespace().compareTo(namespace) < 0
            && visit(node.right, namespace, fromNamespace, fromName, visitor);
      }
      if (!visitor.test(node.object)) {
        return false;
      }
    }
    return visit(node.right, namespace, fromNamespace, fromName, visitor);
  }

  private static int compare(String namespace, String name, ObjectId id) {
    int order = namespace.compareTo(id.namespace());
    return order != 0 ? order : name.compareTo(id.name());
  }

  private static Node put(@Nullable Node node, StoredObject object) {
    if (node == null) {
      return new Node(object, null, null, 1, 1);
    }
    ObjectId id = object.id();
    int order = compare(id.namespace(), id.name(), node.object.id());
    if (order == 0) {
      return new Node(object, node.left, node.right, node.height, node.size);
    }
    return order < 0
        ? balance(node.object, put(node.left, object), node.right)
        : balance(node.object, node.left, put(node.right, object));
  }

  private static @Nullable Node remove(@Nullable Node node, String namespace, String name) {
    if (node == null) {
      return null;
    }
    int order = compare(namespace, name, node.object.id());
    if (order < 0) {
      return balance(node.object, remove(node.left, namespace, name), node.right);
    }
    if (order > 0) {
      return balance(node.object, node.left, remove(node.right, namespace, name));
    }
    if (node.left == null) {
      return node.right;
    }
    if (node.right == null) {
      return node.left;
    }
    StoredObject next = first(node.right);
    return balance(next, node.left, remove(node.right, next.id().namespace(), next.id().name()));
  }

  private static StoredObject first(Node node) {
    Node first = node;
    while (first.left != null) {
      first = first.left;
    }
    return first.object;
  }

  private static Node balance(StoredObject object, @Nullable Node left, @Nullable Node right) {
    int lean = height(left) - height(right);
    if (lean > 1 && left != null) {
      if (height(left.left) >= height(left.right)) {
        return node(left.object, left.left, node(object, left.right, right));
      }
      Node pivot = left.right;
      if (pivot != null) {
        return node(
            pivot.object,
            node(left.object, left.left, pivot.left),
            node(object, pivot.right, right));
      }
    }
    if (lean < -1 && right != null) {
      if (height(right.right) >= height(right.left)) {
        return node(right.object, node(object, left, right.left), right.right);
      }
      Node pivot = right.left;
      if (pivot != null) {
        return node(
            pivot.object,
            node(object, left, pivot.left),
            node(right.object, pivot.right, right.right));
      }
    }
    return node(object, left, right);
  }

  private static Node node(StoredObject object, @Nullable Node left, @Nullable Node right) {
    return new Node(
        object,
        left,
        right,
        Math.max(height(left), height(right)) + 1,
        size(left) + size(right) + 1);
  }

  private static int height(@Nullable Node node) {
    return node == null ? 0 : node.height;
  }

  private static int size(@Nullable Node node) {
    return node == null ? 0 : node.size;
  }
}
