// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import com.sun.management.OperatingSystemMXBean;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.kube.api.Service;
import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.bpf.BpfOptions;
import dev.fairway.proxy.bpf.BpfProxier;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.proxy.userspace.UserspaceProxier;
import dev.fairway.service.IpAddress;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.source.ServiceTracker;
import dev.fairway.service.source.TrackerOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Objects in memory, through the tracker, to a data plane: {@code SnapshotScale SERVICES ENDPOINTS
 * [CHANGES [CGROUP]]}, where ENDPOINTS are those of all Services together. With a cgroup the data
 * plane is eBPF for the sockets of that one, without it the userspace proxier. Prints the time of a
 * cold build, the distribution of the time that one changed slice takes, and what stays resident.
 */
public final class SnapshotScale {
  private static final int PORT = 18080;

  private final BlockingQueue<Long> programmed = new LinkedBlockingQueue<>();
  private final int services;
  private final int endpoints;
  private final int changes;
  private final @Nullable Path cgroup;
  private volatile long published;

  private SnapshotScale(int services, int endpoints, int changes, @Nullable Path cgroup) {
    this.services = services;
    this.endpoints = endpoints;
    this.changes = changes;
    this.cgroup = cgroup;
  }

  /** Measures once. */
  public static void main(String[] args) throws Exception {
    if (args.length < 2 || args.length > 4) {
      System.err.println("usage: SnapshotScale SERVICES ENDPOINTS [CHANGES [CGROUP]]");
      System.exit(2);
    }
    new SnapshotScale(
            Integer.parseInt(args[0]),
            Integer.parseInt(args[1]),
            args.length > 2 ? Integer.parseInt(args[2]) : 500,
            args.length > 3 ? Path.of(args[3]) : null)
        .run();
  }

  private void run() throws Exception {
    System.out.printf("%,d Services, %,d endpoints%n", services, endpoints);
    System.out.printf("resident at the start: %d MiB%n", residentMib());
    Proxier proxier = proxier();
    try (ServiceTracker tracker = new ServiceTracker(TrackerOptions.defaults())) {
      tracker.addListener(_ -> published = System.nanoTime());
      tracker.addListener(delta -> program(proxier, delta));
      cold(tracker);
      long start = System.nanoTime();
      proxier.awaitApplied(tracker.snapshot().revision(), Duration.ofMinutes(1));
      System.out.printf("applied after another %,.1f ms%n", since(start) / 1e6);
      changes(tracker);
      System.gc();
      TimeUnit.SECONDS.sleep(1);
      System.out.printf("resident with everything programmed: %d MiB%n", residentMib());
    }
    proxier.close();
  }

  private Proxier proxier() {
    List<IpAddress> node = List.of(IpAddress.parse("127.0.0.1"));
    ProxyEvents events = (name, reason, message) -> System.err.println(reason + ": " + message);
    return cgroup == null
        ? new UserspaceProxier(UserspaceOptions.of("node-1", node), events, new ProxyMetrics())
        : new BpfProxier(BpfOptions.of("node-1", node, cgroup), events, new ProxyMetrics());
  }

  private void program(Proxier proxier, SnapshotDelta delta) {
    proxier.sync(delta);
    programmed.add(System.nanoTime());
  }

  private void cold(ServiceTracker tracker) throws InterruptedException {
    List<Service> allServices = new ArrayList<>();
    List<EndpointSlice> allSlices = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      allServices.add(service(i));
      for (int from = 0; from < endpointsOf(i); from += ModelFixture.SLICE_SIZE) {
        allSlices.add(slice(i, from, false));
      }
    }
    long cpu = cpuNanos();
    long start = System.nanoTime();
    tracker.services().onReplace(allServices, "1");
    tracker.endpointSlices().onReplace(allSlices, "1");
    long translated = System.nanoTime();
    long end = programmed.take();
    System.out.printf(
        "cold, objects in memory to the data plane: %,.1f ms (%,.1f translated, %,.1f snapshot, %,.1f"
            + " programmed; %,.1f ms of processor time)%n",
        (end - start) / 1e6,
        (translated - start) / 1e6,
        (published - translated) / 1e6,
        (end - published) / 1e6,
        (cpuNanos() - cpu) / 1e6);
  }

  /** Pauses between the changes as the tracker coalesces those that come at once. */
  private void changes(ServiceTracker tracker) throws InterruptedException {
    long[] nanos = new long[changes];
    for (int i = -changes; i < changes; i++) {
      TimeUnit.MILLISECONDS.sleep(15);
      int service = Math.floorMod(i * 37, services);
      int last = (endpointsOf(service) - 1) / ModelFixture.SLICE_SIZE * ModelFixture.SLICE_SIZE;
      EndpointSlice changed = slice(service, last, true);
      EndpointSlice back = slice(service, last, false);
      long start = System.nanoTime();
      tracker.endpointSlices().onUpsert(changed);
      long taken = programmed.take() - start;
      if (i >= 0) {
        nanos[i] = taken;
      }
      TimeUnit.MILLISECONDS.sleep(15);
      tracker.endpointSlices().onUpsert(back);
      programmed.take();
    }
    Arrays.sort(nanos);
    System.out.printf(
        "one changed slice to the data plane: p50 %.2f ms, p99 %.2f ms, max %.2f ms (%d changes)%n",
        nanos[changes / 2] / 1e6,
        nanos[changes * 99 / 100] / 1e6,
        nanos[changes - 1] / 1e6,
        changes);
  }

  private static long since(long start) {
    return System.nanoTime() - start;
  }

  /** Of all threads of the process, collector and compiler too. */
  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  private static Service service(int index) {
    String ip = "127." + (96 + index / 65536) + "." + (index / 256 % 256) + "." + index % 256;
    return new Service(
        ObjectMeta.of(ModelFixture.name(index).namespace(), ModelFixture.name(index).name()),
        new Service.Spec(
            "ClusterIP",
            ip,
            List.of(ip),
            List.of("IPv4"),
            "SingleStack",
            List.of(),
            "",
            Map.of(),
            List.of(new Service.Port("http", "TCP", "", PORT, null, 0)),
            "None",
            null,
            "Cluster",
            "Cluster",
            0,
            false,
            "",
            "",
            "",
            List.of(),
            null),
        new Service.Status(new Service.LoadBalancerStatus(List.of())));
  }

  /** Endpoints are spread over the services as evenly as it gets. */
  private int endpointsOf(int index) {
    return firstOf(index + 1) - firstOf(index);
  }

  private int firstOf(int index) {
    return (int) ((long) endpoints * index / services);
  }

  private EndpointSlice slice(int index, int from, boolean lastUnready) {
    List<EndpointSlice.Endpoint> list = new ArrayList<>();
    int to = Math.min(endpointsOf(index), from + ModelFixture.SLICE_SIZE);
    for (int i = from; i < to; i++) {
      int pod = firstOf(index) + i;
      boolean ready = !(lastUnready && i == to - 1);
      list.add(
          new EndpointSlice.Endpoint(
              List.of("10." + (pod >> 16) + "." + (pod >> 8 & 255) + "." + (pod & 255)),
              new EndpointSlice.Conditions(ready, ready, false),
              null,
              "node-" + pod % 500,
              "zone-" + pod % 3,
              null,
              new ObjectReference(
                  "",
                  "Pod",
                  ModelFixture.name(index).namespace(),
                  "svc-" + index + "-6d4cf56db6-" + Integer.toString(pod + 1_679_616, 36),
                  "",
                  "",
                  "")));
    }
    ObjectMeta meta =
        ObjectMeta.of(ModelFixture.name(index).namespace(), "svc-" + index + "-" + from)
            .withLabels(Map.of(EndpointSlice.SERVICE_NAME_LABEL, ModelFixture.name(index).name()));
    return new EndpointSlice(
        meta, "IPv4", list, List.of(new EndpointSlice.Port("http", "TCP", 8080, null)));
  }

  private static long residentMib() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    throw new IOException("no VmRSS in /proc/self/status");
  }
}
