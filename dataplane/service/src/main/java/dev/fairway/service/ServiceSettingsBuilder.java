// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Describes a Service step by step; single-threaded. */
public final class ServiceSettingsBuilder {
  private final ServiceName name;
  private final List<IpAddress> clusterIps = new ArrayList<>();
  private final List<IpAddress> externalIps = new ArrayList<>();
  private final List<IpAddress> loadBalancerIps = new ArrayList<>();
  private final List<ServicePort> ports = new ArrayList<>();
  private final List<IpPrefix> sourceRanges = new ArrayList<>();
  private final Map<String, String> annotations = new HashMap<>();
  private ServiceType type = ServiceType.CLUSTER_IP;
  private boolean headless;
  private boolean foreignProxy;
  private boolean publishNotReadyAddresses;
  private String externalName = "";
  private int affinityTimeoutSeconds;
  private TrafficPolicy internalTrafficPolicy = TrafficPolicy.CLUSTER;
  private TrafficPolicy externalTrafficPolicy = TrafficPolicy.CLUSTER;
  private int healthCheckNodePort;

  ServiceSettingsBuilder(ServiceName name) {
    this.name = name;
  }

  public ServiceSettingsBuilder type(ServiceType value) {
    type = value;
    return this;
  }

  public ServiceSettingsBuilder headless(boolean value) {
    headless = value;
    return this;
  }

  /** Whether another proxy was named for it. */
  public ServiceSettingsBuilder foreignProxy(boolean value) {
    foreignProxy = value;
    return this;
  }

  public ServiceSettingsBuilder clusterIp(IpAddress value) {
    clusterIps.add(value);
    return this;
  }

  public ServiceSettingsBuilder clusterIp(String value) {
    return clusterIp(IpAddress.parse(value));
  }

  public ServiceSettingsBuilder externalIp(IpAddress value) {
    externalIps.add(value);
    return this;
  }

  public ServiceSettingsBuilder externalIp(String value) {
    return externalIp(IpAddress.parse(value));
  }

  public ServiceSettingsBuilder loadBalancerIp(IpAddress value) {
    loadBalancerIps.add(value);
    return this;
  }

  public ServiceSettingsBuilder loadBalancerIp(String value) {
    return loadBalancerIp(IpAddress.parse(value));
  }

  public ServiceSettingsBuilder externalName(String value) {
    externalName = value;
    return this;
  }

  /** Adds a TCP port without a node port. */
  public ServiceSettingsBuilder port(String portName, int number) {
    return port(portName, Protocol.TCP, number, 0);
  }

  /** Adds a port; node port 0 for none. */
  public ServiceSettingsBuilder port(String portName, Protocol protocol, int number, int nodePort) {
    return port(portName, protocol, number, nodePort, "");
  }

  /** Adds a port; node port 0 for none, application protocol "" for none. */
  public ServiceSettingsBuilder port(
      String portName, Protocol protocol, int number, int nodePort, String appProtocol) {
    ports.add(
        new ServicePort(
            new ServicePortName(name, portName, protocol), number, nodePort, appProtocol));
    return this;
  }

  /** Adds a port of an external name, which stands for another port of the host. */
  public ServiceSettingsBuilder externalPort(
      String portName, Protocol protocol, int number, String appProtocol, int target) {
    ServicePortName full = new ServicePortName(name, portName, protocol);
    ports.add(new ServicePort(full, number, 0, appProtocol, target));
    return this;
  }

  /** Sticks clients to endpoints for that long; 0 for no affinity. */
  public ServiceSettingsBuilder affinitySeconds(int value) {
    affinityTimeoutSeconds = value;
    return this;
  }

  public ServiceSettingsBuilder internalPolicy(TrafficPolicy value) {
    internalTrafficPolicy = value;
    return this;
  }

  public ServiceSettingsBuilder externalPolicy(TrafficPolicy value) {
    externalTrafficPolicy = value;
    return this;
  }

  public ServiceSettingsBuilder healthCheckNodePort(int value) {
    healthCheckNodePort = value;
    return this;
  }

  public ServiceSettingsBuilder sourceRange(IpPrefix value) {
    sourceRanges.add(value);
    return this;
  }

  public ServiceSettingsBuilder publishNotReadyAddresses(boolean value) {
    publishNotReadyAddresses = value;
    return this;
  }

  public ServiceSettingsBuilder annotation(String key, String value) {
    annotations.put(key, value);
    return this;
  }

  /** The finished description. */
  public ServiceInfo.Settings build() {
    return new ServiceInfo.Settings(
        name,
        type,
        headless,
        foreignProxy,
        clusterIps,
        externalIps,
        loadBalancerIps,
        externalName,
        ports,
        affinityTimeoutSeconds,
        internalTrafficPolicy,
        externalTrafficPolicy,
        healthCheckNodePort,
        sourceRanges,
        publishNotReadyAddresses,
        annotations);
  }
}
