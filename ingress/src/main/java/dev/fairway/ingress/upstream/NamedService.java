// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import java.util.List;

/** Makes Services with endpoints of those that are only names. */
final class NamedService {
  private NamedService() {}

  /**
   * The Service with the addresses of its name. A port stands for that of the host which its target
   * is, if that is a number; a number that the Service does not list stands for itself.
   */
  static ServiceInfo resolve(ServiceInfo service, BackendPort wanted, ResolvedNames names) {
    int number = wanted.number();
    int target = number;
    boolean known = number > 0;
    String portName = wanted.name();
    for (ServicePort port : service.ports()) {
      boolean matches =
          wanted.name().isEmpty()
              ? port.port() == wanted.number()
              : port.name().port().equals(wanted.name());
      if (matches && port.name().protocol() == Protocol.TCP) {
        number = port.port();
        target = port.target() > 0 ? port.target() : number;
        portName = port.name().port();
        known = true;
        break;
      }
    }
    if (!known) {
      return service;
    }
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (IpAddress address : names.addresses(service.externalName(), target)) {
      table.add(address, Conditions.AVAILABLE, null);
    }
    return new ServiceInfo(
        ServiceInfo.Settings.of(service.name().namespace(), service.name().name())
            .type(ServiceType.EXTERNAL_NAME)
            .externalName(service.externalName())
            .port(portName, number)
            .build(),
        List.of(
            new SliceEndpoints(
                "name",
                false,
                List.of(new SliceEndpoints.Port(new EndpointPort(portName, Protocol.TCP), target)),
                table.build())));
  }
}
