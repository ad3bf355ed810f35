// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.GatewayApiObject;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A ReferenceGrant: which objects of other namespaces may refer to objects of this one. */
public record ReferenceGrant(ObjectMeta metadata, Spec spec) implements GatewayApiObject {
  public ReferenceGrant {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec(List.of(), List.of()) : spec;
  }

  /** Each {@code from} may refer to each {@code to}. */
  public record Spec(List<From> from, List<To> to) {
    public Spec {
      from = Absent.asEmpty(from);
      to = Absent.asEmpty(to);
    }
  }

  /** Who refers. */
  public record From(String group, String kind, String namespace) {
    public From {
      group = Absent.asEmpty(group);
      kind = Absent.asEmpty(kind);
      namespace = Absent.asEmpty(namespace);
    }
  }

  /**
   * What is referred to.
   *
   * @param name null for every object of the kind
   */
  public record To(String group, String kind, @Nullable String name) {
    public To {
      group = Absent.asEmpty(group);
      kind = Absent.asEmpty(kind);
    }
  }
}
