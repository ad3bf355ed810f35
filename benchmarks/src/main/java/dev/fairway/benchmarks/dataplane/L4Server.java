// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.proxy.ProxyMetrics;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * The userspace proxier with one Service, for {@code compare/l4.sh}: {@code L4Server ADDRESS:PORT
 * ENDPOINT:PORT...} serves the endpoints at the address until it is killed.
 */
public final class L4Server {
  private L4Server() {}

  /** Serves until the process ends. */
  public static void main(String[] args) throws InterruptedException {
    if (args.length < 2) {
      System.err.println("usage: L4Server ADDRESS:PORT ENDPOINT:PORT...");
      System.exit(2);
    }
    ServiceInfo service = service(args);
    UserspaceProxier proxier =
        new UserspaceProxier(
            UserspaceOptions.of("node-1", List.of(IpAddress.parse("127.0.0.1"))),
            (name, reason, message) -> System.err.println(reason + ": " + message),
            new ProxyMetrics());
    ServiceSnapshot before = ServiceSnapshot.empty();
    ServiceSnapshot after = before.with(1, Map.of(service.name(), service), Set.of("default"));
    proxier.sync(new SnapshotDelta(before, after, Set.of(service.name())));
    if (!proxier.awaitApplied(1, Duration.ofSeconds(10))) {
      throw new IllegalStateException("not applied within 10 s");
    }
    System.out.println("ready");
    new CountDownLatch(1).await();
  }

  private static ServiceInfo service(String[] args) {
    EndpointPort port = new EndpointPort("main", Protocol.TCP);
    List<SliceEndpoints> slices = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      EndpointTable.Builder table = new EndpointTable.Builder();
      table.add(IpAddress.parse(address(args[i])), Conditions.AVAILABLE, "node-1");
      slices.add(
          new SliceEndpoints(
              "backend-" + i,
              false,
              List.of(new SliceEndpoints.Port(port, port(args[i]))),
              table.build()));
    }
    return new ServiceInfo(
        ServiceInfo.Settings.of("default", "backends")
            .clusterIp(IpAddress.parse(address(args[0])))
            .port("main", port(args[0]))
            .build(),
        slices);
  }

  private static String address(String text) {
    return text.substring(0, text.lastIndexOf(':'));
  }

  private static int port(String text) {
    return Integer.parseInt(text.substring(text.lastIndexOf(':') + 1));
  }
}
