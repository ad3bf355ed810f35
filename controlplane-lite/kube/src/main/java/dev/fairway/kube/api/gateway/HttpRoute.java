// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An HTTPRoute. */
public record HttpRoute(ObjectMeta metadata, Spec spec, @Nullable RouteStatus status)
    implements RouteObject {
  public HttpRoute {
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
   * Requests that match any of {@code matches} go through the filters to the backends.
   *
   * @param matches empty for every request
   */
  public record Rule(
      @Nullable String name,
      List<Match> matches,
      List<HttpFilter> filters,
      List<BackendReference> backendRefs,
      @Nullable Timeouts timeouts,
      @Nullable Retry retry,
      @Nullable SessionPersistence sessionPersistence) {
    public Rule {
      matches = Absent.asEmpty(matches);
      filters = Absent.asEmpty(filters);
      backendRefs = Absent.asEmpty(backendRefs);
    }
  }

  /** What a request must have; all parts must hold. */
  public record Match(
      @Nullable PathMatch path,
      List<ValueMatch> headers,
      List<ValueMatch> queryParams,
      @Nullable String method) {
    public Match {
      headers = Absent.asEmpty(headers);
      queryParams = Absent.asEmpty(queryParams);
    }
  }

  /**
   * A path.
   *
   * @param type PathPrefix (where absent), Exact or RegularExpression
   * @param value "/" where absent
   */
  public record PathMatch(@Nullable String type, @Nullable String value) {}

  /**
   * A header field or query parameter.
   *
   * @param type Exact (where absent) or RegularExpression
   */
  public record ValueMatch(@Nullable String type, String name, String value) {
    public ValueMatch {
      name = Absent.asEmpty(name);
      value = Absent.asEmpty(value);
    }
  }

  /** Go durations, at most four units; "0s" for no limit. */
  public record Timeouts(@Nullable String request, @Nullable String backendRequest) {}

  /**
   * When a request is tried again.
   *
   * @param codes statuses of responses that are tried again
   * @param attempts further tries; 1 where absent
   * @param backoff the least time between two tries
   */
  public record Retry(List<Integer> codes, @Nullable Integer attempts, @Nullable String backoff) {
    public Retry {
      codes = Absent.asEmpty(codes);
    }
  }
}
