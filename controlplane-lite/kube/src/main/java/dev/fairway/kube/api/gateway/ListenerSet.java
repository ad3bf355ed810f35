// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.GatewayApiObject;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A ListenerSet: further listeners of a Gateway, owned by somebody else. */
public record ListenerSet(ObjectMeta metadata, Spec spec, @Nullable Status status)
    implements GatewayApiObject {
  public ListenerSet {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec(null, List.of()) : spec;
  }

  /** The Gateway and the listeners. */
  public record Spec(@Nullable ObjectRef parentRef, List<Gateway.Listener> listeners) {
    public Spec {
      listeners = Absent.asEmpty(listeners);
    }
  }

  /** What the controller says of the set and of its listeners. */
  public record Status(List<Condition> conditions, List<Gateway.ListenerStatus> listeners) {
    public Status {
      conditions = Absent.asEmpty(conditions);
      listeners = Absent.asEmpty(listeners);
    }
  }
}
