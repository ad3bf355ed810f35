// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.SliceEndpoints;
import java.util.ArrayList;
import java.util.List;

/** Services of one port with endpoints in slices of 100, as the slice controller makes them. */
final class ModelFixture {
  static final int SLICE_SIZE = 100;
  private static final EndpointPort PORT = new EndpointPort("http", Protocol.TCP);

  private ModelFixture() {}

  static ServiceName name(int index) {
    return new ServiceName("ns-" + index % 100, "svc-" + index);
  }

  static ServiceInfo.Settings settings(int index) {
    ServiceName name = name(index);
    return ServiceInfo.Settings.of(name.namespace(), name.name())
        .clusterIp(IpAddress.ofIpv4(0x0a60_0000 + index))
        .port("http", 80)
        .build();
  }

  /** The slices of a service; another generation has another last endpoint. */
  static List<SliceEndpoints> slices(int index, int endpoints, int generation) {
    List<SliceEndpoints> slices = new ArrayList<>();
    for (int from = 0; from < endpoints; from += SLICE_SIZE) {
      int to = Math.min(endpoints, from + SLICE_SIZE);
      slices.add(slice(index, from, to, to == endpoints ? generation : 0));
    }
    return slices;
  }

  static SliceEndpoints slice(int index, int from, int to, int generation) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (int i = from; i < to; i++) {
      int pod = index * 5000 + i;
      Conditions conditions =
          i == to - 1 && (generation & 1) == 1 ? Conditions.UNAVAILABLE : Conditions.AVAILABLE;
      table.add(
          IpAddress.ofIpv4(0x0a00_0000 + pod),
          conditions,
          "node-" + pod % 500,
          "zone-" + pod % 3,
          null,
          "svc-" + index + "-6d4cf56db6-" + Integer.toString(pod % 60_466_176 + 1_679_616, 36),
          List.of(),
          List.of());
    }
    return new SliceEndpoints(
        "svc-" + index + "-" + from,
        false,
        List.of(new SliceEndpoints.Port(PORT, 8080)),
        table.build());
  }
}
