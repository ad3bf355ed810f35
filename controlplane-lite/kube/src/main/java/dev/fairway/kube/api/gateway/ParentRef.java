// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import org.jspecify.annotations.Nullable;

/**
 * What a route attaches to. Nothing is defaulted, as the status repeats the reference as it is.
 *
 * @param sectionName a listener, or null for all
 * @param port the listeners on a port, or null for all
 */
public record ParentRef(
    @Nullable String group,
    @Nullable String kind,
    @Nullable String namespace,
    String name,
    @Nullable String sectionName,
    @Nullable Integer port) {
  public ParentRef {
    name = Absent.asEmpty(name);
  }
}
