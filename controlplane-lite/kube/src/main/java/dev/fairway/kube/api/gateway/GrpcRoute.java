// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A GRPCRoute. */
public record GrpcRoute(ObjectMeta metadata, Spec spec, @Nullable RouteStatus status)
    implements RouteObject {
  public GrpcRoute {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec(List.of(), List.of(), List.of()) : spec;
  }

  @Override
  public List<ParentRef> parentRefs() {
    return spec.parentRefs;
  }

  @Override
  public List<String> hostnames() {
    return spec.hostnames;
  }

  /** Parents, hosts and rules. */
  public record Spec(List<ParentRef> parentRefs, List<String> hostnames, List<Rule> rules) {
    public Spec {
      parentRefs = Absent.asEmpty(parentRefs);
      hostnames = Absent.asEmpty(hostnames);
      rules = Absent.asEmpty(rules);
    }
  }

  /**
   * Calls that match any of {@code matches} go through the filters to the backends.
   *
   * @param matches empty for every call
   */
  public record Rule(
      @Nullable String name,
      List<Match> matches,
      List<HttpFilter> filters,
      List<BackendReference> backendRefs,
      @Nullable SessionPersistence sessionPersistence) {
    public Rule {
      matches = Absent.asEmpty(matches);
      filters = Absent.asEmpty(filters);
      backendRefs = Absent.asEmpty(backendRefs);
    }
  }

  /** What a call must have; all parts must hold. */
  public record Match(@Nullable MethodMatch method, List<HttpRoute.ValueMatch> headers) {
    public Match {
      headers = Absent.asEmpty(headers);
    }
  }

  /**
   * A service, a method or both.
   *
   * @param type Exact (where absent) or RegularExpression
   */
  public record MethodMatch(
      @Nullable String type, @Nullable String service, @Nullable String method) {}
}
