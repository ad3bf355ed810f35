// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import dev.fairway.apiserver.storage.Change;
import dev.fairway.apiserver.storage.StoredObject;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which objects of a resource a list or watch is about.
 *
 * @param namespace "" for all
 * @param fieldsOf the kind's selectable fields; metadata.name and metadata.namespace are added here
 */
public record Selection(
    String namespace,
    LabelSelector labels,
    FieldSelector fields,
    Function<ObjectNode, Map<String, String>> fieldsOf) {

  /** Everything in a namespace, or everywhere. */
  public static Selection all(String namespace) {
    return new Selection(
        namespace, LabelSelector.EVERYTHING, FieldSelector.EVERYTHING, tree -> Map.of());
  }

  /** What a watch is told. */
  public record Event(Change.Type type, StoredObject object) {}

  /** Whether an object is selected. */
  public boolean matches(StoredObject object) {
    if (!namespace.isEmpty() && !namespace.equals(object.id().namespace())) {
      return false;
    }
    if (!labels.isEverything() && !labels.matches(object.tree().path("metadata").path("labels"))) {
      return false;
    }
    if (fields.isEverything()) {
      return true;
    }
    Map<String, String> values = new HashMap<>(fieldsOf.apply(object.tree()));
    values.put("metadata.name", object.id().name());
    values.put("metadata.namespace", object.id().namespace());
    return fields.matches(values);
  }

  /**
   * What a change means to a watch of this selection; null if nothing. An object that enters the
   * selection is ADDED, one that leaves it DELETED with its last selected state and the revision of
   * the change.
   */
  public @Nullable Event event(Change change) {
    StoredObject previous = change.previous();
    boolean before = previous != null && matches(previous);
    boolean after = change.type() != Change.Type.DELETED && matches(change.object());
    if (after) {
      return new Event(before ? Change.Type.MODIFIED : Change.Type.ADDED, change.object());
    }
    if (!before || previous == null) {
      return null;
    }
    return new Event(
        Change.Type.DELETED,
        change.type() == Change.Type.DELETED
            ? change.object()
            : previous.atRevision(change.object().revision()));
  }
}
