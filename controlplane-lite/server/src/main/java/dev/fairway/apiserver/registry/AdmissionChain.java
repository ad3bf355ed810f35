// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The admission steps of each resource, in order. */
final class AdmissionChain {
  private final Map<ResourceDescriptor, List<Admission>> steps = new HashMap<>();

  AdmissionChain(List<ResourceDescriptor> resources, List<Admission> admissions) {
    for (ResourceDescriptor resource : resources) {
      steps.put(resource, admissions.stream().filter(a -> a.handles(resource)).toList());
    }
  }

  /**
   * Runs the steps; the caller settles the request afterwards. If a step refuses, the ones before
   * it are told so.
   */
  void admit(Request request) throws StatusException {
    try {
      for (Admission step : steps.getOrDefault(request.resource, List.of())) {
        step.admit(request);
      }
    } catch (StatusException | RuntimeException e) {
      request.settle(false);
      throw e;
    }
  }

  /** One write. Confined to its thread. */
  record Request(
      Operation operation,
      ResourceDescriptor resource,
      @Nullable String subresource,
      String namespace,
      String name,
      ObjectNode object,
      @Nullable ObjectNode old,
      WriteOptions options,
      ObjectReader objects,
      List<Consumer<Boolean>> outcomes)
      implements AdmissionRequest {

    static Request of(
        Operation operation,
        ResourceDescriptor resource,
        @Nullable String subresource,
        ObjectNode object,
        @Nullable ObjectNode old,
        WriteOptions options,
        ObjectReader objects) {
      ObjectNode named = old == null ? object : old;
      return new Request(
          operation,
          resource,
          subresource,
          named.path("metadata").path("namespace").asString(""),
          named.path("metadata").path("name").asString(""),
          object,
          old,
          options,
          objects,
          new ArrayList<>());
    }

    @Override
    public boolean dryRun() {
      return options.dryRun();
    }

    @Override
    public String user() {
      return options.user();
    }

    @Override
    public void onOutcome(Consumer<Boolean> stored) {
      outcomes.add(stored);
    }

    /** Tells the steps, the last one first. */
    void settle(boolean stored) {
      for (int i = outcomes.size() - 1; i >= 0; i--) {
        outcomes.get(i).accept(stored);
      }
      outcomes.clear();
    }
  }
}
