// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.ingress;

import static dev.fairway.service.EndpointTable.Conditions.AVAILABLE;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.Hashes;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.upstream.Endpoint;
import dev.fairway.ingress.upstream.Outcome;
import dev.fairway.ingress.upstream.Selection;
import dev.fairway.ingress.upstream.Upstream;
import dev.fairway.ingress.upstream.UpstreamRegistry;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The choice of an endpoint for one request, with all that is counted of it until it ends. What is
 * allocated ({@code -prof gc}) is the request's own Selection, nothing else.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@NullUnmarked
public class EndpointPickBenchmark {
  /** Where the keys of a thread are. */
  @State(Scope.Thread)
  public static class Caller {
    private long key = Thread.currentThread().threadId();
  }

  @Param({"5", "500"})
  int endpoints;

  @Param({"ROUND_ROBIN", "RANDOM", "LEAST_REQUEST", "EWMA", "RING_HASH", "MAGLEV"})
  Algorithm algorithm;

  private Upstream upstream;

  @Setup
  public void build() {
    ServiceInfo.Settings settings =
        ServiceInfo.Settings.of("ns", "web").clusterIp("10.96.0.1").port("http", 80).build();
    ServiceInfo service = new ServiceInfo(settings, List.of(slice()));
    UpstreamRegistry registry = new UpstreamRegistry(_ -> {}, System::nanoTime, () -> 1);
    UpstreamSpec spec =
        new UpstreamSpec(
            new BackendPort(new ServiceName("ns", "web"), "http", 0),
            BackendProtocol.HTTP1,
            null,
            new Balancing(algorithm, ""));
    registry.ensure(Set.of(spec));
    registry.update(ServiceSnapshot.of(1, Set.of(service), Set.of()), null);
    upstream = registry.find(spec);
  }

  private SliceEndpoints slice() {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = 0; i < endpoints; i++) {
      table.add(IpAddress.parse("10.0." + i / 250 + "." + (i % 250 + 1)), AVAILABLE, null);
    }
    EndpointPort port = new EndpointPort("http", Protocol.TCP);
    return new SliceEndpoints(
        "web-1", false, List.of(new SliceEndpoints.Port(port, 8080)), table.build());
  }

  @Benchmark
  public Endpoint request(Caller caller) {
    Selection selection = new Selection();
    selection.balanceBy(isHash() ? Hashes.mix(caller.key++) : 0);
    long now = System.nanoTime();
    Endpoint endpoint = upstream.pick(selection, now);
    upstream.judged(endpoint, Outcome.SUCCESS, 1_000_000, now);
    upstream.finished(endpoint);
    return endpoint;
  }

  private boolean isHash() {
    return algorithm == Algorithm.RING_HASH || algorithm == Algorithm.MAGLEV;
  }
}
