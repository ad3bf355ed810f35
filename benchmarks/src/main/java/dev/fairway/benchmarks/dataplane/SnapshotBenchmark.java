// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.service.IpFamily;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.PortRoutes;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/** One endpoint changes, from the slice to the routes that new connections choose from. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@NullUnmarked
public class SnapshotBenchmark {
  private static final NodeTopology NODE = new NodeTopology("node-1", "zone-1");

  /** Services and endpoints of each: 250,000 endpoints in the last two shapes. */
  @Param({"10x5", "1000x5", "44125x5", "5000x50", "50x5000"})
  String shape;

  private ServiceSnapshot snapshot;
  private int endpoints;
  private int generation;

  @Setup
  public void build() {
    String[] parts = shape.split("x");
    int services = Integer.parseInt(parts[0]);
    endpoints = Integer.parseInt(parts[1]);
    List<ServiceInfo> all = new ArrayList<>(services);
    for (int i = 0; i < services; i++) {
      all.add(new ServiceInfo(ModelFixture.settings(i), ModelFixture.slices(i, endpoints, 0)));
    }
    snapshot = ServiceSnapshot.of(1, all, Set.of());
  }

  /** The new snapshot and the routes of the changed service. */
  @Benchmark
  public PortRoutes oneEndpointChanges() {
    generation++;
    ServiceName name = ModelFixture.name(7);
    ServiceInfo before = snapshot.service(name);
    List<SliceEndpoints> slices = new ArrayList<>(before.slices());
    int last = slices.size() - 1;
    slices.set(last, ModelFixture.slice(7, last * ModelFixture.SLICE_SIZE, endpoints, generation));
    ServiceInfo after = before.withSlices(slices);
    snapshot = snapshot.with(snapshot.revision() + 1, Map.of(name, after), snapshot.namespaces());
    return PortRoutes.of(after, after.ports().get(0), IpFamily.IPV4, NODE);
  }
}
