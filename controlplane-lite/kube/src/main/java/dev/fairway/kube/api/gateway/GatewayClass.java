// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.GatewayApiObject;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A GatewayClass: which controller serves the Gateways that name it. */
public record GatewayClass(ObjectMeta metadata, Spec spec, @Nullable Status status)
    implements GatewayApiObject {
  public GatewayClass {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec("", null) : spec;
  }

  /**
   * The controller.
   *
   * @param controllerName a domain-prefixed path, such as {@code fairway.dev/gateway}
   */
  public record Spec(String controllerName, @Nullable ObjectRef parametersRef) {
    public Spec {
      controllerName = Absent.asEmpty(controllerName);
    }
  }

  /** What the controller says of the class. */
  public record Status(List<Condition> conditions, List<Feature> supportedFeatures) {
    public Status {
      conditions = Absent.asEmpty(conditions);
      supportedFeatures = Absent.asEmpty(supportedFeatures);
    }
  }

  /** The name of a feature that the controller supports. */
  public record Feature(String name) {
    public Feature {
      name = Absent.asEmpty(name);
    }
  }
}
