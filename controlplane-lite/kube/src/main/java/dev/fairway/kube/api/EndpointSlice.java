// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An EndpointSlice (discovery.k8s.io/v1).
 *
 * @param addressType IPv4, IPv6 or FQDN
 */
public record EndpointSlice(
    ObjectMeta metadata, String addressType, List<Endpoint> endpoints, List<Port> ports)
    implements KubeObject {

  /** Label that names the Service a slice belongs to. */
  public static final String SERVICE_NAME_LABEL = "kubernetes.io/service-name";

  public EndpointSlice {
    metadata = Absent.required(metadata, "metadata");
    addressType = Absent.asEmpty(addressType);
    endpoints = Absent.asEmpty(endpoints);
    ports = Absent.asEmpty(ports);
  }

  /** One endpoint: addresses that stand for one and the same pod. */
  public record Endpoint(
      List<String> addresses,
      @Nullable Conditions conditions,
      @Nullable String hostname,
      @Nullable String nodeName,
      @Nullable String zone,
      @Nullable Hints hints,
      @Nullable ObjectReference targetRef) {
    public Endpoint {
      addresses = Absent.asEmpty(addresses);
    }

    /** Ready; an absent condition means true. */
    public boolean isReady() {
      return conditions == null || !Boolean.FALSE.equals(conditions.ready());
    }

    /** Serving; an absent condition means true. */
    public boolean isServing() {
      return conditions == null || !Boolean.FALSE.equals(conditions.serving());
    }

    /** Terminating; an absent condition means false. */
    public boolean isTerminating() {
      return conditions != null && Boolean.TRUE.equals(conditions.terminating());
    }
  }

  /** Raw conditions; null means what {@link Endpoint} says. */
  public record Conditions(
      @Nullable Boolean ready, @Nullable Boolean serving, @Nullable Boolean terminating) {}

  /** Topology hints, written by the controller. */
  public record Hints(List<ForZone> forZones, List<ForNode> forNodes) {
    public Hints {
      forZones = Absent.asEmpty(forZones);
      forNodes = Absent.asEmpty(forNodes);
    }
  }

  /** A zone that should use the endpoint. */
  public record ForZone(String name) {
    public ForZone {
      name = Absent.asEmpty(name);
    }
  }

  /** A node that should use the endpoint. */
  public record ForNode(String name) {
    public ForNode {
      name = Absent.asEmpty(name);
    }
  }

  /**
   * A port of every endpoint in the slice.
   *
   * @param port null means "all ports" and is ignored by proxies
   */
  public record Port(
      @Nullable String name,
      @Nullable String protocol,
      @Nullable Integer port,
      @Nullable String appProtocol) {}
}
