// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.AdmissionRequest;
import dev.fairway.apiserver.registry.ObjectReader;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One write with its outcome in the test's hands. */
final class FakeRequest implements AdmissionRequest {
  private final Operation operation;
  private final ResourceDescriptor resource;
  private final ObjectNode object;
  private final @Nullable ObjectNode old;
  private final ObjectReader objects;
  private final List<Consumer<Boolean>> outcomes = new ArrayList<>();

  FakeRequest(
      Operation operation,
      ResourceDescriptor resource,
      ObjectNode object,
      @Nullable ObjectNode old,
      ObjectReader objects) {
    this.operation = operation;
    this.resource = resource;
    this.object = object;
    this.old = old;
    this.objects = objects;
  }

  void finish(boolean stored) {
    outcomes.forEach(o -> o.accept(stored));
    outcomes.clear();
  }

  @Override
  public Operation operation() {
    return operation;
  }

  @Override
  public ResourceDescriptor resource() {
    return resource;
  }

  @Override
  public @Nullable String subresource() {
    return null;
  }

  @Override
  public String namespace() {
    return object.path("metadata").path("namespace").asString("");
  }

  @Override
  public String name() {
    return Tree.name(object);
  }

  @Override
  public ObjectNode object() {
    return object;
  }

  @Override
  public @Nullable ObjectNode old() {
    return old;
  }

  @Override
  public boolean dryRun() {
    return false;
  }

  @Override
  public String user() {
    return "test";
  }

  @Override
  public ObjectReader objects() {
    return objects;
  }

  @Override
  public void onOutcome(Consumer<Boolean> stored) {
    outcomes.add(stored);
  }
}
