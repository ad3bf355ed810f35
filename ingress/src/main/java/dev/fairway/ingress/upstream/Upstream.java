// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.HashKey;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.UpstreamPolicy.CircuitLimits;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.upstream.EndpointGroup.State;
import dev.fairway.ingress.upstream.Selection.Demand;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A port of a Service with the endpoints that take its requests and what is known of them. Requests
 * use it from any event loop, without a lock; one thread at a time updates it.
 */
public final class Upstream {
  /** One retry for so many requests that are being handled. */
  private static final int REQUESTS_PER_RETRY = 5;

  private static final long BACKOFF_NANOS = 25_000_000;
  private static final long MAX_BACKOFF_NANOS = 250_000_000;
  private static final Demand[] DEMANDS = {Demand.FIT, Demand.UNTRIED, Demand.ANY};
  private static final Balancer BY_KEY = new Rendezvous();

  private final UpstreamSpec spec;
  private final CircuitLimits limits;
  private final int maxActive;
  private final Balancer balancer;
  private final boolean timed;
  private final @Nullable HashKey hashKey;
  private final RandomSequence random;
  private final Outliers outliers;
  private final WaitingLine waiting;
  private final AtomicInteger retries = new AtomicInteger();
  private volatile EndpointGroup group = EndpointGroup.unavailable(State.SERVICE_NOT_FOUND);

  /**
   * @param seed of the choices by chance
   */
  Upstream(UpstreamSpec spec, long seed) {
    this.spec = spec;
    limits = spec.policy().limits();
    maxActive =
        spec.protocol() == BackendProtocol.HTTP2
            ? limits.requests()
            : Math.min(limits.requests(), limits.connections());
    random = new RandomSequence(seed);
    balancer = Balancer.of(spec.balancing(), random.next());
    timed = spec.balancing().algorithm() == Algorithm.EWMA;
    String template = spec.balancing().hashKey();
    hashKey = template.isEmpty() ? null : HashKey.compile(template);
    outliers = new Outliers(spec.policy(), () -> group);
    waiting = new WaitingLine(limits.pending());
  }

  /** The Service port behind this upstream and how it is talked to. */
  public UpstreamSpec spec() {
    return spec;
  }

  /** The status of the answer where no endpoint can be picked. */
  public int unavailableStatus() {
    return group.state() == State.NOT_RESOLVED ? 502 : 503;
  }

  /** Why no endpoint can be picked, in words; null where one can, or can soon. */
  public @Nullable String unavailableReason() {
    return switch (group.state()) {
      case AVAILABLE -> null;
      case SERVICE_NOT_FOUND -> "the Service of the backend does not exist";
      case PORT_NOT_FOUND -> "the Service of the backend has no such port";
      case NOT_RESOLVED -> "the name of the backend has no address";
      case NO_ENDPOINTS -> "no endpoint of the backend is ready";
    };
  }

  /** Whether there is a Service of the name. */
  public boolean hasService() {
    return group.state() != State.SERVICE_NOT_FOUND;
  }

  /** What a new request asks of {@link #pick}. */
  public Selection select(RequestContext request) {
    Selection selection = new Selection();
    if (hashKey != null) {
      selection.balanceBy(hashKey.hash(request));
    }
    return selection;
  }

  /**
   * Chooses the endpoint of an attempt: in service and not tried before where there is one, else
   * one that failed lately, else one that was tried before. {@link #finished} must follow.
   *
   * @return null where there is no endpoint, or where all have as many requests as they may have
   */
  public @Nullable Endpoint pick(Selection selection, long nanoTime) {
    EndpointGroup current = group;
    if (current.size() == 0) {
      return null;
    }
    outliers.sweep(nanoTime);
    selection.begin(current, nanoTime, outliers.isPanic(), maxActive, random.next());
    Endpoint chosen = preferred(current, selection);
    boolean keyed = selection.key() != HashKey.NONE;
    if (chosen == null && !keyed && current.isRamping(nanoTime)) {
      selection.demand(Demand.SHARED);
      chosen = balancer.pick(current, selection);
    }
    Balancer rule = keyed && current.table() == null ? BY_KEY : balancer;
    for (int i = 0; i < DEMANDS.length && chosen == null; i++) {
      selection.demand(DEMANDS[i]);
      chosen = rule.pick(current, selection);
    }
    if (chosen != null) {
      chosen.begin();
      selection.tried(chosen);
    }
    return chosen;
  }

  private static @Nullable Endpoint preferred(EndpointGroup group, Selection selection) {
    if (!selection.prefers()) {
      return null;
    }
    Endpoint wanted = group.find(selection.preferred());
    selection.demand(Demand.FIT);
    return wanted != null && selection.accepts(wanted) ? wanted : null;
  }

  /** Whether there is an endpoint that the request was not sent to yet. */
  public boolean hasUntried(Selection selection) {
    EndpointGroup current = group;
    for (int i = 0; i < current.size(); i++) {
      if (!selection.hasTried(current.get(i))) {
        return true;
      }
    }
    return false;
  }

  /**
   * A response head arrived, or an attempt ended without one.
   *
   * @param elapsedNanos since the endpoint was picked
   */
  public void judged(Endpoint endpoint, Outcome outcome, long elapsedNanos, long nanoTime) {
    if (timed) {
      time(endpoint, outcome, elapsedNanos, nanoTime);
    }
    outliers.record(endpoint, outcome, nanoTime);
  }

  private static void time(Endpoint endpoint, Outcome outcome, long elapsedNanos, long nanoTime) {
    switch (outcome) {
      case SUCCESS, SERVER_ERROR -> endpoint.latency().record(elapsedNanos, nanoTime);
      // One that fails fast must not look like a fast one.
      case FAILURE -> {
        double penalty = 2 * endpoint.latency().get(nanoTime);
        endpoint.latency().record(Math.max(elapsedNanos, (long) penalty), nanoTime);
      }
      case ABANDONED -> {}
    }
  }

  /** The attempt became a tunnel, which may last for hours: it counts as load, not as a request. */
  public void tunnelBegan(Endpoint endpoint) {
    endpoint.tunnel(1);
    finished(endpoint);
  }

  /** A tunnel is over. */
  public void tunnelEnded(Endpoint endpoint) {
    endpoint.tunnel(-1);
  }

  /** An attempt needs its endpoint no more: its place goes to a request that waits. */
  public void finished(Endpoint endpoint) {
    endpoint.end();
    waiting.next();
  }

  /** Lets a request wait for a place; false where too many do. */
  public boolean await(Waiter waiter) {
    boolean waits = waiting.add(waiter);
    if (waits && hasPlace()) {
      // One became free since the request looked for it.
      waiting.next();
    }
    return waits;
  }

  private boolean hasPlace() {
    EndpointGroup current = group;
    for (int i = 0; i < current.size(); i++) {
      if (current.get(i).active() < maxActive) {
        return true;
      }
    }
    return current.size() == 0;
  }

  /** The request waits no more, or was called and does not want its place any more. */
  public void leave(Waiter waiter) {
    if (!waiting.remove(waiter)) {
      waiting.next();
    }
  }

  /**
   * Takes a retry out of the budget: a fifth of the requests that are being handled, but as many as
   * the limits allow in any case. {@link #endRetry} must follow where true.
   */
  public boolean beginRetry() {
    int others = retries.getAndIncrement();
    if (others < limits.retries() || others < activeRequests() / REQUESTS_PER_RETRY) {
      return true;
    }
    retries.getAndDecrement();
    return false;
  }

  /** The response to a retry began, or the retry failed. */
  public void endRetry() {
    retries.getAndDecrement();
  }

  /**
   * How long to wait before another attempt, in nanoseconds: by chance, up to 25 ms after the first
   * one, twice as long after each further one, up to 250 ms.
   */
  public long backoffNanos(int attempts) {
    long most = Math.min(BACKOFF_NANOS << Math.min(attempts - 1, 10), MAX_BACKOFF_NANOS);
    return Math.unsignedMultiplyHigh(random.next(), most);
  }

  /** Requests that have no complete response. */
  public int activeRequests() {
    EndpointGroup current = group;
    int sum = 0;
    for (int i = 0; i < current.size(); i++) {
      sum += current.get(i).active();
    }
    return sum;
  }

  /** Requests that wait because every endpoint has as many as it may have. */
  public int pendingRequests() {
    return waiting.size();
  }

  /** How many requests did not even find a place to wait. */
  public long overflows() {
    return waiting.refused();
  }

  /** How many endpoints take requests. */
  public int endpoints() {
    return group.size();
  }

  /** How many endpoints are ejected now. */
  public int ejectedEndpoints() {
    return outliers.ejectedNow();
  }

  /** How often endpoints were ejected. */
  public long ejections() {
    return outliers.ejections();
  }

  EndpointGroup group() {
    return group;
  }

  /** An endpoint's own probes succeed, or fail. */
  void probed(Endpoint endpoint, boolean healthy, long nanoTime) {
    endpoint.unhealthy(!healthy);
    outliers.refresh(nanoTime);
  }

  /** Takes over the endpoints of the Service; returns those that take no requests any more. */
  List<Endpoint> update(@Nullable ServiceInfo service, long nanoTime) {
    EndpointGroup before = group;
    return replace(before, resolve(service, before, nanoTime), nanoTime);
  }

  /** The same for a Service that is only a name: a name without addresses is not resolved. */
  List<Endpoint> updateNamed(ServiceInfo service, long nanoTime) {
    EndpointGroup before = group;
    EndpointGroup after = resolve(service, before, nanoTime);
    boolean none = after.state() == State.NO_ENDPOINTS;
    return replace(before, none ? EndpointGroup.unavailable(State.NOT_RESOLVED) : after, nanoTime);
  }

  private List<Endpoint> replace(EndpointGroup before, EndpointGroup after, long nanoTime) {
    group = after;
    List<Endpoint> gone = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      if (after.find(before.get(i).id()) != before.get(i)) {
        before.get(i).retire();
        gone.add(before.get(i));
      }
    }
    outliers.refresh(nanoTime);
    waiting.all();
    return gone;
  }

  private EndpointGroup resolve(
      @Nullable ServiceInfo service, EndpointGroup before, long nanoTime) {
    if (service == null) {
      return EndpointGroup.unavailable(State.SERVICE_NOT_FOUND);
    }
    BackendPort port = spec.port();
    for (ServicePort candidate : service.ports()) {
      boolean matches =
          port.name().isEmpty()
              ? candidate.port() == port.number()
              : candidate.name().port().equals(port.name());
      if (matches && candidate.name().protocol() == Protocol.TCP) {
        EndpointSet all = service.endpoints(candidate.name().port(), Protocol.TCP);
        List<Endpoint> endpoints = usable(all, before, nanoTime);
        return EndpointGroup.of(
            endpoints,
            spec.policy().slowStart().toNanos(),
            HashTable.of(spec.balancing().algorithm(), endpoints));
      }
    }
    return EndpointGroup.unavailable(State.PORT_NOT_FOUND);
  }

  /** Ready endpoints; else those that still serve while they terminate. One address per pod. */
  private static List<Endpoint> usable(EndpointSet all, EndpointGroup before, long nanoTime) {
    for (IpFamily family : IpFamily.values()) {
      EndpointSet set = all.family(family);
      List<Integer> ready = new ArrayList<>();
      List<Integer> terminating = new ArrayList<>();
      for (int i = 0; i < set.size(); i++) {
        if (set.isReady(i)) {
          ready.add(i);
        } else if (set.isServing(i) && set.isTerminating(i)) {
          terminating.add(i);
        }
      }
      List<Integer> usable = ready.isEmpty() ? terminating : ready;
      if (!usable.isEmpty()) {
        return keepOrCreate(set, usable, before, nanoTime);
      }
    }
    return List.of();
  }

  private static List<Endpoint> keepOrCreate(
      EndpointSet set, List<Integer> usable, EndpointGroup before, long nanoTime) {
    Map<Long, Endpoint> known = new HashMap<>();
    double latency = 0;
    for (int i = 0; i < before.size(); i++) {
      known.put(before.get(i).id(), before.get(i));
      latency += before.get(i).latencyNanos(nanoTime) / before.size();
    }
    List<Endpoint> endpoints = new ArrayList<>(usable.size());
    for (int i : usable) {
      IpAddress address = set.address(i);
      Endpoint endpoint = known.get(Endpoint.id(address, set.port(i)));
      if (endpoint == null || !endpoint.is(address, set.port(i))) {
        endpoint = new Endpoint(address, set.port(i), nanoTime);
        endpoint.latency().start(latency, nanoTime);
      }
      endpoints.add(endpoint);
    }
    return endpoints;
  }
}
