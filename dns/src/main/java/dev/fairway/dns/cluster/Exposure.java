// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import java.util.Set;

/**
 * Which objects of the cluster have names.
 *
 * @param namespaces only services, pods and names of these namespaces exist; empty for all
 * @param knownNamespacesOnly a service has names only while its namespace is known too: for a feed
 *     that was given a selector of namespaces
 * @param emptyServices whether a ClusterIP service without ready endpoints exists
 * @param endpoints whether endpoints are told; without them headless services do not exist
 * @param podNames an endpoint without a hostname is called as its pod, if that name is a label
 */
public record Exposure(
    Set<String> namespaces,
    boolean knownNamespacesOnly,
    boolean emptyServices,
    boolean endpoints,
    boolean podNames) {
  /** Everything has names; endpoints without a hostname are called as their address. */
  public static final Exposure ALL = new Exposure(Set.of(), false, true, true, false);

  public Exposure {
    namespaces = Set.copyOf(namespaces);
  }

  /** With names in these namespaces only; none for all. */
  public Exposure withNamespaces(Set<String> names) {
    return new Exposure(names, knownNamespacesOnly, emptyServices, endpoints, podNames);
  }

  /** With names only in namespaces that the feed tells of, or not. */
  public Exposure withKnownNamespacesOnly(boolean on) {
    return new Exposure(namespaces, on, emptyServices, endpoints, podNames);
  }

  /** With or without ClusterIP services that have no ready endpoint. */
  public Exposure withEmptyServices(boolean on) {
    return new Exposure(namespaces, knownNamespacesOnly, on, endpoints, podNames);
  }

  /** With or without endpoints. */
  public Exposure withEndpoints(boolean on) {
    return new Exposure(namespaces, knownNamespacesOnly, emptyServices, on, podNames);
  }

  /** With endpoints that are called as their pods, or as their addresses. */
  public Exposure withPodNames(boolean on) {
    return new Exposure(namespaces, knownNamespacesOnly, emptyServices, endpoints, on);
  }

  boolean hasNamespace(String name, Set<String> known) {
    return (namespaces.isEmpty() || namespaces.contains(name))
        && (!knownNamespacesOnly || known.contains(name));
  }
}
