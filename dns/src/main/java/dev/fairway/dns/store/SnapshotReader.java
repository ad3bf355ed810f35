// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.store;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what {@link SnapshotWriter} wrote. */
final class SnapshotReader {
  private final DataInputStream in;
  private int slices;

  SnapshotReader(DataInputStream in) {
    this.in = in;
  }

  ServiceSnapshot read() throws IOException {
    Set<String> namespaces = new HashSet<>();
    for (int left = in.readInt(); left > 0; left--) {
      namespaces.add(in.readUTF());
    }
    List<ServiceInfo> services = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      services.add(service());
    }
    return ServiceSnapshot.of(0, services, namespaces);
  }

  private ServiceInfo service() throws IOException {
    ServiceSettingsBuilder settings = ServiceInfo.Settings.of(in.readUTF(), in.readUTF());
    settings.type(ServiceType.valueOf(in.readUTF()));
    settings.headless(in.readBoolean());
    settings.externalName(in.readUTF());
    for (IpAddress address : addresses()) {
      settings.clusterIp(address);
    }
    for (IpAddress address : addresses()) {
      settings.externalIp(address);
    }
    for (IpAddress address : addresses()) {
      settings.loadBalancerIp(address);
    }
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      String name = in.readUTF();
      settings.port(name, Protocol.valueOf(in.readUTF()), in.readUnsignedShort(), 0);
    }
    List<SliceEndpoints> all = new ArrayList<>();
    endpoints(null, all);
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      String name = in.readUTF();
      endpoints(new EndpointPort(name, Protocol.valueOf(in.readUTF())), all);
    }
    return new ServiceInfo(settings.build(), all);
  }

  private List<IpAddress> addresses() throws IOException {
    List<IpAddress> addresses = new ArrayList<>();
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      addresses.add(address());
    }
    return addresses;
  }

  private IpAddress address() throws IOException {
    return in.readBoolean()
        ? IpAddress.ofIpv4(in.readInt())
        : IpAddress.ofIpv6(in.readLong(), in.readLong());
  }

  /** A slice of the endpoints of each number of a port. */
  private void endpoints(@Nullable EndpointPort port, List<SliceEndpoints> all) throws IOException {
    Map<Integer, EndpointTable.Builder> numbers = new TreeMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      IpAddress address = address();
      String hostname = text();
      String zone = text();
      String pod = text();
      int number = port == null ? 0 : in.readUnsignedShort();
      numbers
          .computeIfAbsent(number, _ -> new EndpointTable.Builder())
          .add(address, Conditions.AVAILABLE, null, zone, hostname, pod, List.of(), List.of());
    }
    for (Map.Entry<Integer, EndpointTable.Builder> entry : numbers.entrySet()) {
      List<SliceEndpoints.Port> ports =
          port == null ? List.of() : List.of(new SliceEndpoints.Port(port, entry.getKey()));
      all.add(new SliceEndpoints("stored-" + slices++, false, ports, entry.getValue().build()));
    }
  }

  private @Nullable String text() throws IOException {
    String text = in.readUTF();
    return text.isEmpty() ? null : text;
  }
}
