// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.TablePrinter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Event of the core group. */
final class EventStrategy implements KindStrategy {
  @Override
  public TablePrinter table() {
    return Printers.EVENTS;
  }

  @Override
  public boolean allowsCreateOnUpdate() {
    return true;
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    Tree.ensure(o, "involvedObject");
    Tree.ensure(o, "source");
    if (!o.has("reportingComponent")) {
      o.put("reportingComponent", "");
    }
    if (!o.has("reportingInstance")) {
      o.put("reportingInstance", "");
    }
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    String namespace = Tree.text(next.path("metadata"), "namespace");
    String about = Tree.text(next.path("involvedObject"), "namespace");
    boolean fits =
        about.isEmpty()
            ? namespace.equals("default") || namespace.equals("kube-system")
            : about.equals(namespace);
    if (!fits) {
      problems.invalid("involvedObject.namespace", about, "does not match event.namespace");
    }
    return problems.list();
  }

  @Override
  public Map<String, String> selectableFields(ObjectNode o) {
    Map<String, String> out = new LinkedHashMap<>();
    JsonNode about = o.path("involvedObject");
    for (String field :
        List.of("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")) {
      out.put("involvedObject." + field, Tree.text(about, field));
    }
    out.put("reason", Tree.text(o, "reason"));
    out.put("reportingComponent", Tree.text(o, "reportingComponent"));
    String source = Tree.text(o.path("source"), "component");
    out.put("source", source.isEmpty() ? Tree.text(o, "reportingComponent") : source);
    out.put("type", Tree.text(o, "type"));
    return out;
  }
}
