// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The status of a route: an entry for each parent and controller. */
public record RouteStatus(List<Parent> parents) {
  public RouteStatus {
    parents = Absent.asEmpty(parents);
  }

  /** What one controller says of the route at one parent. */
  public record Parent(
      @Nullable ParentRef parentRef, String controllerName, List<Condition> conditions) {
    public Parent {
      controllerName = Absent.asEmpty(controllerName);
      conditions = Absent.asEmpty(conditions);
    }
  }
}
