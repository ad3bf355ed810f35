// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.proxy.ProxyMetrics;
import dev.fairway.proxy.SyncResult;
import dev.fairway.proxy.bpf.BpfOptions;
import dev.fairway.proxy.bpf.BpfProxier;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.proxy.userspace.UserspaceProxier;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Many Services for {@code compare/service.sh}, until the process is killed: {@code ServiceServer
 * ebpf SERVICES ENDPOINTS PORT CGROUP} and {@code userspace SERVICES ENDPOINTS PORT} serve them,
 * and print what programming all of them and one change take; {@code api SERVICES ENDPOINTS PORT
 * FILE} shows the same ones to a proxy through an API server whose kubeconfig it writes to the
 * file.
 */
public final class ServiceServer {
  private static final int CHANGES = 500;

  private ServiceServer() {}

  /** Serves until the process ends. */
  public static void main(String[] args) throws Exception {
    if (args.length < 4) {
      System.err.println("usage: ServiceServer ebpf|userspace|api SERVICES ENDPOINTS PORT [PATH]");
      System.exit(2);
    }
    int services = Integer.parseInt(args[1]);
    int endpoints = Integer.parseInt(args[2]);
    int port = Integer.parseInt(args[3]);
    if (args[0].equals("api")) {
      ScaleApiServer api = new ScaleApiServer(services, endpoints, port);
      Files.writeString(Path.of(args[4]), api.kubeconfig());
    } else {
      List<IpAddress> node = List.of(IpAddress.parse("127.0.0.1"));
      Proxier proxier =
          args[0].equals("ebpf")
              ? new BpfProxier(
                  BpfOptions.of("node-1", node, Path.of(args[4])),
                  ProxyEvents.none(),
                  new ProxyMetrics())
              : new UserspaceProxier(
                  UserspaceOptions.of("node-1", node), ProxyEvents.none(), new ProxyMetrics());
      program(proxier, services, endpoints, port);
    }
    System.out.println("ready");
    new CountDownLatch(1).await();
  }

  private static void program(Proxier proxier, int services, int endpoints, int port)
      throws InterruptedException {
    List<ServiceInfo> all = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      all.add(service(i, endpoints, port));
    }
    ServiceSnapshot snapshot = ServiceSnapshot.of(1, all, Set.of());
    long start = System.nanoTime();
    SyncResult result = proxier.sync(SnapshotDelta.full(snapshot));
    if (!proxier.awaitApplied(result.revision(), Duration.ofSeconds(60))) {
      throw new IllegalStateException("not applied within 60 s");
    }
    System.out.printf("all %.3f ms%n", (System.nanoTime() - start) / 1e6);
    long[] nanos = new long[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
      // Never the first one, which is under load.
      int index = services == 1 ? 0 : 1 + i * 37 % (services - 1);
      ServiceInfo changed = service(index, Math.max(1, endpoints - 1 + i % 2), port);
      ServiceSnapshot next =
          snapshot.with(snapshot.revision() + 1, Map.of(changed.name(), changed), Set.of());
      start = System.nanoTime();
      proxier.sync(new SnapshotDelta(snapshot, next, Set.of(changed.name())));
      proxier.awaitApplied(next.revision(), Duration.ofSeconds(60));
      nanos[i] = System.nanoTime() - start;
      snapshot = next;
    }
    Arrays.sort(nanos);
    System.out.printf("change %.3f ms%n", nanos[CHANGES * 99 / 100] / 1e6);
  }

  /** The same as {@link ScaleApiServer} shows: every endpoint has a loopback address of its own. */
  private static ServiceInfo service(int index, int endpoints, int port) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = 0; i < endpoints; i++) {
      table.add(
          IpAddress.ofIpv4((127 << 24) + (64 << 16) + index * endpoints + i),
          Conditions.AVAILABLE,
          "node-1");
    }
    return new ServiceInfo(
        ServiceInfo.Settings.of("default", "svc-" + index)
            .clusterIp(ScaleApiServer.clusterIp(index))
            .port("http", NodeScale.PORT)
            .build(),
        List.of(
            new SliceEndpoints(
                "svc-" + index,
                false,
                List.of(new SliceEndpoints.Port(new EndpointPort("http", Protocol.TCP), port)),
                table.build())));
  }
}
