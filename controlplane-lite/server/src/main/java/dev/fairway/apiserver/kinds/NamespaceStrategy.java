// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.NameRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Namespace: stays until its spec.finalizers are gone, which only the finalize subresource takes
 * away.
 */
final class NamespaceStrategy extends SpecStrategy {
  private static final String FINALIZER = "kubernetes";
  private static final String NAME_LABEL = "kubernetes.io/metadata.name";

  NamespaceStrategy() {
    super(Printers.NAMESPACES, true, false);
  }

  @Override
  public NameRule nameRule() {
    return NameRule.LABEL;
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    Tree.defaultText(Tree.ensure(o, "status"), "phase", "Active");
    String name = Tree.name(o);
    if (!name.isEmpty()) {
      Tree.ensure(Tree.ensure(o, "metadata"), "labels").put(NAME_LABEL, name);
    }
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    o.putObject("status").put("phase", "Active");
    ObjectNode spec = Tree.ensure(o, "spec");
    List<String> finalizers = Tree.texts(spec, "finalizers");
    if (!finalizers.contains(FINALIZER)) {
      spec.withArray("finalizers").add(FINALIZER);
    }
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    for (String finalizer : Tree.texts(next.path("spec"), "finalizers")) {
      problems.syntax("spec.finalizers", finalizer, Syntax.qualifiedName(finalizer));
      if (!finalizer.contains("/") && !finalizer.equals(FINALIZER)) {
        problems.invalid(
            "spec.finalizers",
            finalizer,
            "name is neither a standard finalizer name nor is it fully qualified");
      }
    }
    return problems.list();
  }

  @Override
  public void prepareForUpdate(ObjectNode next, ObjectNode old, @Nullable String subresource) {
    super.prepareForUpdate(next, old, subresource);
    if (!"finalize".equals(subresource)) {
      copy(Tree.ensure(next, "spec"), Tree.object(old, "spec"), "finalizers");
    }
  }

  @Override
  public void prepareForDelete(ObjectNode next) {
    Tree.ensure(next, "status").put("phase", "Terminating");
  }

  @Override
  public boolean outlivesDeletion(ObjectNode stored) {
    return !stored.path("spec").path("finalizers").isEmpty();
  }

  @Override
  public Map<String, String> selectableFields(ObjectNode o) {
    String phase = Tree.text(o.path("status"), "phase");
    return Map.of("status.phase", phase, "name", Tree.name(o));
  }
}
