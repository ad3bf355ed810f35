// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import dev.fairway.service.SliceEndpoints;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Translates EndpointSlice records as kube-proxy reads them. Confined to one thread at a time: it
 * shares what is equal between slices.
 */
final class SliceTranslator {
  private static final System.Logger LOG = System.getLogger(SliceTranslator.class.getName());
  private static final String HEADLESS_LABEL = "service.kubernetes.io/headless";
  private static final String TRIGGER_ANNOTATION =
      "endpoints.kubernetes.io/last-change-trigger-time";
  private static final int MAX_SHARED = 65_536;

  private final Map<List<SliceEndpoints.Port>, List<SliceEndpoints.Port>> portLists =
      new HashMap<>();
  private final EndpointTable.Builder endpoints = new EndpointTable.Builder();

  /** The Service a slice belongs to, null if it names none. */
  static @Nullable ServiceName owner(EndpointSlice slice) {
    String service = slice.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL);
    return service == null || service.isEmpty()
        ? null
        : new ServiceName(slice.metadata().namespace(), service);
  }

  /** When the change was caused that made the slice what it is, null if it does not say. */
  static @Nullable Instant trigger(EndpointSlice slice) {
    String text = slice.metadata().annotations().get(TRIGGER_ANNOTATION);
    if (text == null) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException _) {
      LOG.log(
          System.Logger.Level.WARNING, "ignored trigger time \"{0}\" slice={1}", text, slice.key());
      return null;
    }
  }

  /** The endpoints of a slice, null if its address type is none of ours. */
  @Nullable SliceEndpoints translate(EndpointSlice slice) {
    boolean v4 = slice.addressType().equals("IPv4");
    if (!v4 && !slice.addressType().equals("IPv6")) {
      return null;
    }
    int ignored = 0;
    endpoints.clear();
    for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
      if (!endpoint.addresses().isEmpty() && !addEndpoint(endpoint, v4)) {
        ignored++;
      }
    }
    if (ignored > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "ignored {0} endpoints whose address is not {1} slice={2}",
          ignored,
          slice.addressType(),
          slice.key());
    }
    return new SliceEndpoints(
        slice.metadata().name(),
        slice.metadata().labels().containsKey(HEADLESS_LABEL),
        ports(slice),
        endpoints.build());
  }

  private List<SliceEndpoints.Port> ports(EndpointSlice slice) {
    List<SliceEndpoints.Port> ports = new ArrayList<>(slice.ports().size());
    for (EndpointSlice.Port port : slice.ports()) {
      Integer number = port.port();
      if (port.name() != null && number != null && number > 0 && number <= 65535) {
        String protocol = port.protocol() == null ? "" : port.protocol();
        EndpointPort name = new EndpointPort(port.name(), Protocol.ofApiName(protocol));
        ports.add(new SliceEndpoints.Port(name, number));
      }
    }
    if (portLists.size() >= MAX_SHARED) {
      portLists.clear();
    }
    List<SliceEndpoints.Port> wanted = List.copyOf(ports);
    List<SliceEndpoints.Port> present = portLists.putIfAbsent(wanted, wanted);
    return present == null ? wanted : present;
  }

  /** False if the address is none of the family. */
  private boolean addEndpoint(EndpointSlice.Endpoint endpoint, boolean v4) {
    IpAddress address = IpAddress.tryParse(endpoint.addresses().get(0));
    if (address == null || address.isV4() != v4) {
      return false;
    }
    EndpointSlice.Hints hints = endpoint.hints();
    ObjectReference target = endpoint.targetRef();
    endpoints.add(
        address,
        endpoint.isReady() && endpoint.isServing() && !endpoint.isTerminating()
            ? Conditions.AVAILABLE
            : new Conditions(endpoint.isReady(), endpoint.isServing(), endpoint.isTerminating()),
        endpoint.nodeName(),
        endpoint.zone(),
        endpoint.hostname() == null || endpoint.hostname().isEmpty() ? null : endpoint.hostname(),
        target != null && target.kind().equals("Pod") ? target.name() : null,
        hints == null ? List.of() : zones(hints),
        hints == null ? List.of() : nodes(hints));
    return true;
  }

  private static List<String> zones(EndpointSlice.Hints hints) {
    List<String> names = new ArrayList<>(hints.forZones().size());
    for (EndpointSlice.ForZone zone : hints.forZones()) {
      names.add(zone.name());
    }
    return names;
  }

  private static List<String> nodes(EndpointSlice.Hints hints) {
    List<String> names = new ArrayList<>(hints.forNodes().size());
    for (EndpointSlice.ForNode node : hints.forNodes()) {
      names.add(node.name());
    }
    return names;
  }
}
