// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A Service with its endpoints. Immutable. */
public final class ServiceInfo {
  private final Settings settings;
  private final List<SliceEndpoints> slices;
  private final List<EndpointPort> endpointPorts;
  private final List<EndpointSet> all;
  private final List<EndpointSet> proxied;
  private final @Nullable EndpointSet hosts;

  /** A Service with the endpoints of these slices. */
  public ServiceInfo(Settings settings, List<SliceEndpoints> slices) {
    this.settings = settings;
    this.slices = List.copyOf(slices);
    endpointPorts = portsOf(this.slices);
    boolean anyHidden = false;
    for (int i = 0; i < this.slices.size(); i++) {
      anyHidden |= this.slices.get(i).headless();
    }
    all = merged(this.slices);
    proxied = anyHidden ? merged(this.slices.stream().filter(s -> !s.headless()).toList()) : all;
    hosts = isHeadless() ? EndpointSet.mergeHosts(this.slices) : null;
  }

  private static List<EndpointPort> portsOf(List<SliceEndpoints> slices) {
    if (slices.size() == 1 && slices.get(0).ports().size() == 1) {
      return List.of(slices.get(0).ports().get(0).name());
    }
    Set<EndpointPort> ports = new LinkedHashSet<>();
    for (SliceEndpoints slice : slices) {
      for (SliceEndpoints.Port port : slice.ports()) {
        ports.add(port.name());
      }
    }
    return List.copyOf(ports);
  }

  private List<EndpointSet> merged(List<SliceEndpoints> from) {
    List<EndpointSet> sets = new ArrayList<>(endpointPorts.size());
    for (EndpointPort port : endpointPorts) {
      sets.add(EndpointSet.merge(from, port));
    }
    return List.copyOf(sets);
  }

  /** The same Service with the endpoints of other slices. */
  public ServiceInfo withSlices(List<SliceEndpoints> other) {
    return new ServiceInfo(settings, other);
  }

  /** Namespace and name. */
  public ServiceName name() {
    return settings.name();
  }

  /** Everything that comes from the Service object. */
  public Settings settings() {
    return settings;
  }

  /** The type. */
  public ServiceType type() {
    return settings.type();
  }

  /** Whether the Service has no virtual address by wish ({@code clusterIP: None}). */
  public boolean isHeadless() {
    return settings.headless();
  }

  /** Whether an L4 proxy serves it: it has a ClusterIP and no other proxy was named for it. */
  public boolean isProxied() {
    return !settings.headless()
        && !settings.foreignProxy()
        && settings.type() != ServiceType.EXTERNAL_NAME
        && !settings.clusterIps().isEmpty();
  }

  /** ClusterIPs, the primary first; none for headless and ExternalName. */
  public List<IpAddress> clusterIps() {
    return settings.clusterIps();
  }

  /** External IPs of both families. */
  public List<IpAddress> externalIps() {
    return settings.externalIps();
  }

  /**
   * Virtual addresses of the load balancer; those with {@code ipMode: Proxy} are not among them.
   */
  public List<IpAddress> loadBalancerIps() {
    return settings.loadBalancerIps();
  }

  /** The target of an ExternalName service, "" for others. */
  public String externalName() {
    return settings.externalName();
  }

  /** The ports. */
  public List<ServicePort> ports() {
    return settings.ports();
  }

  /** The port with that name and protocol, null if there is none. */
  public @Nullable ServicePort port(String portName, Protocol protocol) {
    for (ServicePort port : settings.ports()) {
      if (port.name().protocol() == protocol && port.name().port().equals(portName)) {
        return port;
      }
    }
    return null;
  }

  /** Seconds that a client sticks to its endpoint, 0 without session affinity. */
  public int affinityTimeoutSeconds() {
    return settings.affinityTimeoutSeconds();
  }

  /** Policy of traffic to ClusterIPs. */
  public TrafficPolicy internalTrafficPolicy() {
    return settings.internalTrafficPolicy();
  }

  /** Policy of traffic to node ports, load balancer and external IPs. */
  public TrafficPolicy externalTrafficPolicy() {
    return settings.externalTrafficPolicy();
  }

  /** The health check port, 0 unless of type LoadBalancer with external policy Local. */
  public int healthCheckNodePort() {
    return settings.healthCheckNodePort();
  }

  /** Ranges that may use the load balancer's addresses; empty means everybody. */
  public List<IpPrefix> sourceRanges() {
    return settings.sourceRanges();
  }

  /** Annotations of this project ({@code fairway.dev/…}). */
  public Map<String, String> annotations() {
    return settings.annotations();
  }

  /**
   * Every endpoint of that slice port in any condition, all slices and families merged, sorted;
   * empty if no slice carries the port.
   */
  public EndpointSet endpoints(String portName, Protocol protocol) {
    return find(all, portName, protocol);
  }

  /** As {@link #endpoints}, without those that are hidden from L4 proxies. */
  public EndpointSet proxiedEndpoints(String portName, Protocol protocol) {
    return find(proxied, portName, protocol);
  }

  private EndpointSet find(List<EndpointSet> sets, String portName, Protocol protocol) {
    for (int i = 0; i < endpointPorts.size(); i++) {
      EndpointPort port = endpointPorts.get(i);
      if (port.protocol() == protocol && port.name().equals(portName)) {
        return sets.get(i);
      }
    }
    return EndpointSet.empty();
  }

  /** Names and protocols of the ports that slices carry. */
  public List<EndpointPort> endpointPorts() {
    return endpointPorts;
  }

  /**
   * Every endpoint without a port, once for each hostname and address, the ready copy preferred:
   * what DNS answers for a headless service.
   */
  public EndpointSet allEndpoints() {
    return hosts == null ? EndpointSet.mergeHosts(slices) : hosts;
  }

  /**
   * Every endpoint of that slice port, once for each hostname, address and number, the ready copy
   * preferred: what DNS answers for a port of a headless service.
   */
  public EndpointSet namedEndpoints(EndpointPort port) {
    return EndpointSet.mergeNamed(slices, port);
  }

  /** The slices, in order of name. */
  public List<SliceEndpoints> slices() {
    return slices;
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof ServiceInfo other
        && settings.equals(other.settings)
        && slices.equals(other.slices);
  }

  @Override
  public int hashCode() {
    return settings.name().hashCode();
  }

  @Override
  public String toString() {
    return settings + " " + endpointPorts + " " + all;
  }

  /**
   * Everything that comes from the Service object.
   *
   * @param headless {@code clusterIP: None}
   * @param foreignProxy whether the label service-proxy-name gives it to another proxy
   * @param affinityTimeoutSeconds 0 without session affinity
   * @param annotations only those of this project
   */
  public record Settings(
      ServiceName name,
      ServiceType type,
      boolean headless,
      boolean foreignProxy,
      List<IpAddress> clusterIps,
      List<IpAddress> externalIps,
      List<IpAddress> loadBalancerIps,
      String externalName,
      List<ServicePort> ports,
      int affinityTimeoutSeconds,
      TrafficPolicy internalTrafficPolicy,
      TrafficPolicy externalTrafficPolicy,
      int healthCheckNodePort,
      List<IpPrefix> sourceRanges,
      boolean publishNotReadyAddresses,
      Map<String, String> annotations) {
    public Settings {
      clusterIps = List.copyOf(clusterIps);
      externalIps = List.copyOf(externalIps);
      loadBalancerIps = List.copyOf(loadBalancerIps);
      ports = List.copyOf(ports);
      sourceRanges = List.copyOf(sourceRanges);
      annotations = annotations.isEmpty() ? Map.of() : Map.copyOf(new TreeMap<>(annotations));
    }

    /** Starts a description of a service with no ports and default policies. */
    public static ServiceSettingsBuilder of(String namespace, String name) {
      return new ServiceSettingsBuilder(new ServiceName(namespace, name));
    }
  }
}
