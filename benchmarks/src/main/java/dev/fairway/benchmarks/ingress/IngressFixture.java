// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.ingress;

import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SliceEndpoints;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Ingresses in a hundred namespaces, each with a host of its own, and the Services they name. */
final class IngressFixture {
  static final IngressClass CLASS =
      new IngressClass(ObjectMeta.of("", "fairway"), new IngressClass.Spec("fairway.dev/ingress"));

  private static final int NAMESPACES = 100;
  private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

  private IngressFixture() {}

  static String namespace(int index) {
    return "ns-" + index % NAMESPACES;
  }

  static String host(int index) {
    return "host-" + index + ".example.com";
  }

  static String path(int index) {
    return "/api/v" + index + "/items";
  }

  /**
   * An Ingress with one host.
   *
   * @param paths how many, each to the Service of the same number as the Ingress
   * @param changed whether there is one more, {@code /changed}
   */
  static Ingress ingress(int index, int paths, boolean changed) {
    List<Ingress.Path> all = new ArrayList<>(paths + 1);
    Ingress.Backend backend =
        new Ingress.Backend(
            new Ingress.ServiceBackend("svc-" + index, new Ingress.ServicePort("http", null)),
            null);
    for (int i = 0; i < paths; i++) {
      all.add(new Ingress.Path(path(i), "Prefix", backend));
    }
    if (changed) {
      all.add(new Ingress.Path("/changed", "Prefix", backend));
    }
    ObjectMeta metadata =
        new ObjectMeta(
            "web-" + index,
            "",
            namespace(index),
            "uid-" + index,
            "1",
            1,
            CREATED.plusSeconds(index),
            null,
            null,
            Map.of(),
            Map.of(),
            List.of(),
            List.of());
    List<Ingress.Rule> rules = List.of(new Ingress.Rule(host(index), new Ingress.Http(all)));
    return new Ingress(metadata, new Ingress.Spec("fairway", null, List.of(), rules), null);
  }

  /**
   * One Service with one endpoint for each Ingress.
   *
   * @param endpointPort on the loopback address
   */
  static ServiceSnapshot services(int count, int endpointPort) {
    Map<ServiceName, ServiceInfo> all = new HashMap<>();
    EndpointPort port = new EndpointPort("http", Protocol.TCP);
    for (int i = 0; i < count; i++) {
      List<EndpointTable> table =
          new EndpointTable.Builder()
              .add(IpAddress.parse("127.0.0.1"), Conditions.AVAILABLE, "node-1")
              .build();
      ServiceInfo service =
          new ServiceInfo(
              ServiceInfo.Settings.of(namespace(i), "svc-" + i)
                  .clusterIp(IpAddress.parse("10.96." + (i >> 8 & 255) + "." + (i & 255)))
                  .port("http", 80)
                  .build(),
              List.of(
                  new SliceEndpoints(
                      "slice-" + i,
                      false,
                      List.of(new SliceEndpoints.Port(port, endpointPort)),
                      table)));
      all.put(service.name(), service);
    }
    return ServiceSnapshot.empty().with(1, all, Set.of("default"));
  }
}
