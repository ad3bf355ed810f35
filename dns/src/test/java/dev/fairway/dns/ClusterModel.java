// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.ServiceType;
import dev.fairway.service.SliceEndpoints;
import dev.fairway.service.SnapshotDelta;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds service snapshots for tests, and the steps between them. */
public final class ClusterModel {
  private final Map<ServiceName, ServiceBuilder> services = new HashMap<>();
  private final Set<String> namespaces = new HashSet<>();
  private ServiceSnapshot last = ServiceSnapshot.empty();

  /** An empty model. */
  public ClusterModel() {}

  /** A copy whose next step starts from nothing. */
  public ClusterModel(ClusterModel other) {
    services.putAll(other.services);
    namespaces.addAll(other.namespaces);
  }

  /** Adds a namespace. */
  public ClusterModel namespace(String name) {
    namespaces.add(name);
    return this;
  }

  /** Adds, or starts anew, a service {@code namespace/name}. */
  public ServiceBuilder service(String name) {
    int slash = name.indexOf('/');
    ServiceName key = new ServiceName(name.substring(0, slash), name.substring(slash + 1));
    namespaces.add(key.namespace());
    ServiceBuilder builder = new ServiceBuilder(key);
    services.put(key, builder);
    return builder;
  }

  /** Removes a service. */
  public ClusterModel remove(String name) {
    int slash = name.indexOf('/');
    services.remove(new ServiceName(name.substring(0, slash), name.substring(slash + 1)));
    return this;
  }

  /** Removes a namespace. */
  public ClusterModel removeNamespace(String name) {
    namespaces.remove(name);
    return this;
  }

  /** The step from the last call of this method to what has been built by now. */
  public SnapshotDelta step() {
    Map<ServiceName, @Nullable ServiceInfo> infos = new HashMap<>();
    Set<ServiceName> changed = new HashSet<>();
    for (ServiceBuilder builder : services.values()) {
      ServiceInfo info = builder.build();
      infos.put(info.name(), info);
      if (!info.equals(last.service(info.name()))) {
        changed.add(info.name());
      }
    }
    for (ServiceInfo info : last.services()) {
      if (!services.containsKey(info.name())) {
        changed.add(info.name());
      }
    }
    ServiceSnapshot next = ServiceSnapshot.empty().with(last.revision() + 1, infos, namespaces);
    SnapshotDelta delta = new SnapshotDelta(last, next, changed);
    last = next;
    return delta;
  }

  /** One service; every endpoint goes to the slice that {@link #slice} started. */
  public static final class ServiceBuilder {
    private final ServiceSettingsBuilder settings;
    private final List<SliceEndpoints> slices = new ArrayList<>();
    private EndpointTable.Builder endpoints = new EndpointTable.Builder();
    private List<SliceEndpoints.Port> slicePorts = new ArrayList<>();

    ServiceBuilder(ServiceName name) {
      settings = ServiceInfo.Settings.of(name.namespace(), name.name());
    }

    public ServiceBuilder clusterIp(String... addresses) {
      for (String address : addresses) {
        settings.clusterIp(address);
      }
      return this;
    }

    public ServiceBuilder headless() {
      settings.headless(true);
      return this;
    }

    public ServiceBuilder externalName(String target) {
      settings.type(ServiceType.EXTERNAL_NAME).externalName(target);
      return this;
    }

    /** Adds a port to the service, and with the same number to the current slice. */
    public ServiceBuilder port(String name, String protocol, int number) {
      settings.port(name, Protocol.valueOf(protocol), number, 0);
      return slicePort(name, protocol, number);
    }

    /** Adds a port to the current slice only. */
    public ServiceBuilder slicePort(String name, String protocol, int number) {
      slicePorts.add(
          new SliceEndpoints.Port(new EndpointPort(name, Protocol.valueOf(protocol)), number));
      return this;
    }

    /** Adds a ready endpoint. */
    public ServiceBuilder endpoint(String address) {
      return endpoint(address, null, true);
    }

    /** Adds a ready endpoint with a hostname. */
    public ServiceBuilder endpoint(String address, String hostname) {
      return endpoint(address, hostname, true);
    }

    /** Adds an endpoint. */
    public ServiceBuilder endpoint(String address, @Nullable String hostname, boolean ready) {
      return endpoint(address, hostname, ready, null, null);
    }

    /** Adds a ready endpoint in a topology zone. */
    public ServiceBuilder endpointInZone(String address, String zone) {
      return endpoint(address, null, true, zone, null);
    }

    /** Adds a ready endpoint of a pod. */
    public ServiceBuilder endpointOfPod(String address, @Nullable String hostname, String pod) {
      return endpoint(address, hostname, true, null, pod);
    }

    /** Adds an endpoint that is to be told although it is going away. */
    public ServiceBuilder endpointThatEnds(String address) {
      endpoints.add(
          IpAddress.parse(address),
          new EndpointTable.Conditions(true, true, true),
          null,
          null,
          null,
          null,
          List.of(),
          List.of());
      return this;
    }

    private ServiceBuilder endpoint(
        String address,
        @Nullable String hostname,
        boolean ready,
        @Nullable String zone,
        @Nullable String pod) {
      endpoints.add(
          IpAddress.parse(address),
          ready ? EndpointTable.Conditions.AVAILABLE : EndpointTable.Conditions.UNAVAILABLE,
          null,
          zone,
          hostname,
          pod,
          List.of(),
          List.of());
      return this;
    }

    /** Ends the current slice and starts the next one. */
    public ServiceBuilder slice() {
      slices.add(
          new SliceEndpoints("slice-" + slices.size(), false, slicePorts, endpoints.build()));
      slicePorts = new ArrayList<>();
      endpoints = new EndpointTable.Builder();
      return this;
    }

    ServiceInfo build() {
      if (!slicePorts.isEmpty() || slices.isEmpty()) {
        slice();
      }
      return new ServiceInfo(settings.build(), slices);
    }
  }
}
