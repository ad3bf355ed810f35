// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.proxy.AffinityTable;
import dev.fairway.proxy.AvoidList;
import dev.fairway.proxy.Balancer;
import dev.fairway.proxy.FastRandom;
import dev.fairway.proxy.PortState;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.ServiceInfo;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
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

/** The choice of an endpoint for one connection, by each balancer and with session affinity. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@NullUnmarked
public class PickBenchmark {
  private final FastRandom random = new FastRandom(1);
  private final IpAddress client = IpAddress.parse("10.244.1.1");

  private static final int AFFINITY_SECONDS = 10;

  @Param({"5", "5000"})
  int endpoints;

  private PortState plain;
  private PortState roundRobin;
  private PortState leastConnections;
  private PortState maglev;
  private PortState sticky;
  private PortState forgetful;
  private long now;

  @Setup
  public void build() {
    plain = port(Balancer.RANDOM, 0, System::nanoTime);
    roundRobin = port(Balancer.ROUND_ROBIN, 0, System::nanoTime);
    leastConnections = port(Balancer.LEAST_CONNECTIONS, 0, System::nanoTime);
    maglev = port(Balancer.MAGLEV, 0, System::nanoTime);
    sticky = port(Balancer.RANDOM, AFFINITY_SECONDS, System::nanoTime);
    forgetful = port(Balancer.RANDOM, AFFINITY_SECONDS, this::later);
  }

  private PortState port(Balancer balancer, int affinitySeconds, LongSupplier nanoClock) {
    ServiceInfo.Settings settings =
        ServiceInfo.Settings.of("ns", "web")
            .clusterIp("10.96.0.1")
            .port("http", 80)
            .affinitySeconds(affinitySeconds)
            .annotation(Balancer.ANNOTATION, balancer.toString())
            .build();
    ServiceInfo service = new ServiceInfo(settings, ModelFixture.slices(0, endpoints, 0));
    return new PortState(
        service,
        service.ports().get(0),
        new NodeTopology("node-1", "zone-1"),
        new AffinityTable(nanoClock, 1024),
        new AvoidList(System::nanoTime, 1_000_000),
        new ProxyMetrics());
  }

  /** A clock that outdates every record between two looks. */
  private long later() {
    now += TimeUnit.SECONDS.toNanos(AFFINITY_SECONDS);
    return now;
  }

  /** Address bits and port of the chosen endpoint. */
  private long pick(PortState port) {
    PortRoutes routes = port.routes(IpFamily.IPV4);
    EndpointSet candidates = routes.candidates(FrontendKind.CLUSTER_IP, true);
    int index = port.pick(routes, candidates, client, random) & ~PortState.STICKY;
    return (long) candidates.ipv4(index) << 16 | candidates.port(index);
  }

  @Benchmark
  public long random() {
    return pick(plain);
  }

  @Benchmark
  public long roundRobin() {
    return pick(roundRobin);
  }

  @Benchmark
  public long leastConnections() {
    return pick(leastConnections);
  }

  @Benchmark
  public long maglev() {
    return pick(maglev);
  }

  /** The client has an endpoint. */
  @Benchmark
  public long affinityHit() {
    return pick(sticky);
  }

  /** The client's record is too old; a new one is made. */
  @Benchmark
  public long affinityMiss() {
    return pick(forgetful);
  }
}
