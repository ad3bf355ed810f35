// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Lease: who holds it and since when. */
final class LeaseStrategy extends SpecStrategy {
  LeaseStrategy() {
    super(Printers.LEASES, false, false);
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    // Coordinated leader election is not served; Kubernetes drops its fields then, too.
    Tree.ensure(o, "spec").remove(List.of("strategy", "preferredHolder"));
  }

  @Override
  public boolean allowsCreateOnUpdate() {
    return true;
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    JsonNode spec = next.path("spec");
    if (spec.has("leaseDurationSeconds") && Tree.number(spec, "leaseDurationSeconds", 0) <= 0) {
      problems.invalid(
          "spec.leaseDurationSeconds",
          Tree.number(spec, "leaseDurationSeconds", 0),
          "must be greater than 0");
    }
    if (spec.has("leaseTransitions") && Tree.number(spec, "leaseTransitions", 0) < 0) {
      problems.invalid(
          "spec.leaseTransitions",
          Tree.number(spec, "leaseTransitions", 0),
          "must be greater than or equal to 0");
    }
    return problems.list();
  }
}
