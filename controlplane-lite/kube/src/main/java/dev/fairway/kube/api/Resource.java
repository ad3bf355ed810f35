// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

/**
 * A resource of the Kubernetes API and the record that its objects decode into.
 *
 * @param group API group, "" for core
 * @param plural the name in URLs
 * @param namespaced whether objects live in a namespace
 */
public record Resource<T extends KubeObject>(
    String group, String version, String plural, String kind, boolean namespaced, Class<T> type) {

  public static final Resource<Namespace> NAMESPACES =
      new Resource<>("", "v1", "namespaces", "Namespace", false, Namespace.class);
  public static final Resource<Node> NODES =
      new Resource<>("", "v1", "nodes", "Node", false, Node.class);
  public static final Resource<Pod> PODS = new Resource<>("", "v1", "pods", "Pod", true, Pod.class);
  public static final Resource<Service> SERVICES =
      new Resource<>("", "v1", "services", "Service", true, Service.class);
  public static final Resource<ConfigMap> CONFIG_MAPS =
      new Resource<>("", "v1", "configmaps", "ConfigMap", true, ConfigMap.class);
  public static final Resource<Secret> SECRETS =
      new Resource<>("", "v1", "secrets", "Secret", true, Secret.class);
  public static final Resource<ServiceAccount> SERVICE_ACCOUNTS =
      new Resource<>("", "v1", "serviceaccounts", "ServiceAccount", true, ServiceAccount.class);
  public static final Resource<Endpoints> ENDPOINTS =
      new Resource<>("", "v1", "endpoints", "Endpoints", true, Endpoints.class);
  public static final Resource<Event> EVENTS =
      new Resource<>("", "v1", "events", "Event", true, Event.class);
  public static final Resource<EndpointSlice> ENDPOINT_SLICES =
      new Resource<>(
          "discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, EndpointSlice.class);
  public static final Resource<ReplicaSet> REPLICA_SETS =
      new Resource<>("apps", "v1", "replicasets", "ReplicaSet", true, ReplicaSet.class);
  public static final Resource<Deployment> DEPLOYMENTS =
      new Resource<>("apps", "v1", "deployments", "Deployment", true, Deployment.class);
  public static final Resource<Ingress> INGRESSES =
      new Resource<>("networking.k8s.io", "v1", "ingresses", "Ingress", true, Ingress.class);
  public static final Resource<IngressClass> INGRESS_CLASSES =
      new Resource<>(
          "networking.k8s.io", "v1", "ingressclasses", "IngressClass", false, IngressClass.class);
  public static final Resource<ServiceCidr> SERVICE_CIDRS =
      new Resource<>(
          "networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", false, ServiceCidr.class);
  public static final Resource<Lease> LEASES =
      new Resource<>("coordination.k8s.io", "v1", "leases", "Lease", true, Lease.class);

  /** {@code v1} or {@code group/version}, as in an object's apiVersion. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /**
   * The URL path of the collection.
   *
   * @param namespace a namespace, or "" for all namespaces and for cluster-scoped resources
   */
  public String path(String namespace) {
    String root = group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    return namespaced && !namespace.isEmpty()
        ? root + "/namespaces/" + namespace + "/" + plural
        : root + "/" + plural;
  }
}
