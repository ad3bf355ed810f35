// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.proxy.AffinityTable;
import dev.fairway.proxy.AvoidList;
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

/** The choice of an endpoint for one connection. */
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

  @Param({"5", "5000"})
  int endpoints;

  private PortState port;

  @Setup
  public void build() {
    ServiceInfo service =
        new ServiceInfo(ModelFixture.settings(0), ModelFixture.slices(0, endpoints, 0));
    port =
        new PortState(
            service,
            service.ports().get(0),
            new NodeTopology("node-1", "zone-1"),
            new AffinityTable(System::nanoTime, 1024),
            new AvoidList(System::nanoTime, 1_000_000),
            new ProxyMetrics());
  }

  /** Address bits and port of the chosen endpoint. */
  @Benchmark
  public long pick() {
    PortRoutes routes = port.routes(IpFamily.IPV4);
    EndpointSet candidates = routes.candidates(FrontendKind.CLUSTER_IP, true);
    int index = port.pick(routes, candidates, client, random);
    return (long) candidates.ipv4(index) << 16 | candidates.port(index);
  }
}
