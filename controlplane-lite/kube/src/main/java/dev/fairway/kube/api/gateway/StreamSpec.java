// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The specification of TLSRoute, TCPRoute and UDPRoute; only TLSRoute has host names. */
public record StreamSpec(List<ParentRef> parentRefs, List<String> hostnames, List<Rule> rules) {
  static final StreamSpec EMPTY = new StreamSpec(List.of(), List.of(), List.of());

  public StreamSpec {
    parentRefs = Absent.asEmpty(parentRefs);
    hostnames = Absent.asEmpty(hostnames);
    rules = Absent.asEmpty(rules);
  }

  /** Backends by weight. */
  public record Rule(@Nullable String name, List<BackendReference> backendRefs) {
    public Rule {
      backendRefs = Absent.asEmpty(backendRefs);
    }
  }
}
