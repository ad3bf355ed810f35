// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.store;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceSnapshot;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Writes what names are made of; {@link SnapshotReader} is its other half. */
final class SnapshotWriter {
  private final DataOutputStream out;

  SnapshotWriter(DataOutputStream out) {
    this.out = out;
  }

  void write(ServiceSnapshot snapshot) throws IOException {
    Set<String> namespaces = new TreeSet<>(snapshot.namespaces());
    out.writeInt(namespaces.size());
    for (String namespace : namespaces) {
      out.writeUTF(namespace);
    }
    out.writeInt(snapshot.services().size());
    for (ServiceInfo service : snapshot.services()) {
      service(service);
    }
  }

  private void service(ServiceInfo service) throws IOException {
    out.writeUTF(service.name().namespace());
    out.writeUTF(service.name().name());
    out.writeUTF(service.type().name());
    out.writeBoolean(service.isHeadless());
    out.writeUTF(service.externalName());
    addresses(service.clusterIps());
    addresses(service.externalIps());
    addresses(service.loadBalancerIps());
    out.writeShort(service.ports().size());
    for (ServicePort port : service.ports()) {
      out.writeUTF(port.name().port());
      out.writeUTF(port.name().protocol().name());
      out.writeShort(port.port());
    }
    endpoints(service.allEndpoints(), false);
    // The ports of a ClusterIP's names are those of the Service.
    List<EndpointPort> ports = service.isHeadless() ? service.endpointPorts() : List.of();
    out.writeShort(ports.size());
    for (EndpointPort port : ports) {
      out.writeUTF(port.name());
      out.writeUTF(port.protocol().name());
      endpoints(service.endpoints(port.name(), port.protocol()), true);
    }
  }

  private void addresses(List<IpAddress> addresses) throws IOException {
    out.writeShort(addresses.size());
    for (IpAddress address : addresses) {
      address(address.isV4(), address.highBits(), address.lowBits());
    }
  }

  private void address(boolean v4, long high, long low) throws IOException {
    out.writeBoolean(v4);
    if (v4) {
      out.writeInt((int) low);
    } else {
      out.writeLong(high);
      out.writeLong(low);
    }
  }

  private void endpoints(EndpointSet endpoints, boolean ports) throws IOException {
    int ready = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      ready += endpoints.isReady(i) ? 1 : 0;
    }
    out.writeInt(ready);
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.isReady(i)) {
        IpAddress six = endpoints.isV4(i) ? null : endpoints.address(i);
        address(
            six == null,
            six == null ? 0 : six.highBits(),
            six == null ? endpoints.ipv4(i) : six.lowBits());
        text(endpoints.hostname(i));
        text(endpoints.zone(i));
        text(endpoints.podName(i));
        if (ports) {
          out.writeShort(endpoints.port(i));
        }
      }
    }
  }

  private void text(@Nullable String text) throws IOException {
    out.writeUTF(text == null ? "" : text);
  }
}
