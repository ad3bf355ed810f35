// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.Admission;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Everything the API server serves. */
public final class Kinds {
  private static final String CORE = "";
  private static final String APPS = "apps";
  private static final String NETWORKING = "networking.k8s.io";
  private static final String AUTHORIZATION = "authorization.k8s.io";
  private static final Set<String> IN_ALL =
      Set.of("pods", "services", "deployments", "replicasets");
  private static final Set<String> STATUS = Set.of("status");
  private static final Set<String> SCALABLE = Set.of("status", "scale");

  private static final List<ResourceDescriptor> ALL =
      List.of(
          cluster(
              CORE,
              "namespaces",
              "Namespace",
              new NamespaceStrategy(),
              Set.of("status", "finalize"),
              "ns"),
          cluster(CORE, "nodes", "Node", new NodeStrategy(), STATUS, "no"),
          namespaced(
              CORE,
              "pods",
              "Pod",
              new PodStrategy(),
              Set.of("status", "log", "binding", "eviction"),
              "po"),
          namespaced(CORE, "services", "Service", new ServiceStrategy(), STATUS, "svc"),
          namespaced(CORE, "endpoints", "Endpoints", new EndpointsStrategy(), Set.of(), "ep"),
          namespaced(CORE, "configmaps", "ConfigMap", new ConfigMapStrategy(), Set.of(), "cm"),
          namespaced(CORE, "secrets", "Secret", new SecretStrategy(), Set.of()),
          namespaced(CORE, "events", "Event", new EventStrategy(), Set.of(), "ev"),
          namespaced(
              CORE,
              "serviceaccounts",
              "ServiceAccount",
              new ServiceAccountStrategy(),
              Set.of(),
              "sa"),
          namespaced(
              APPS, "deployments", "Deployment", WorkloadStrategy.deployment(), SCALABLE, "deploy"),
          namespaced(
              APPS, "replicasets", "ReplicaSet", WorkloadStrategy.replicaSet(), SCALABLE, "rs"),
          namespaced(NETWORKING, "ingresses", "Ingress", new IngressStrategy(), STATUS, "ing"),
          cluster(
              NETWORKING, "ingressclasses", "IngressClass", new IngressClassStrategy(), Set.of()),
          namespaced(
              "discovery.k8s.io",
              "endpointslices",
              "EndpointSlice",
              new EndpointSliceStrategy(),
              Set.of()),
          namespaced("coordination.k8s.io", "leases", "Lease", new LeaseStrategy(), Set.of()),
          review(AUTHORIZATION, "LocalSubjectAccessReview", true),
          review(AUTHORIZATION, "SelfSubjectAccessReview", false),
          review(AUTHORIZATION, "SelfSubjectRulesReview", false),
          review(AUTHORIZATION, "SubjectAccessReview", false),
          review("authentication.k8s.io", "SelfSubjectReview", false));

  private Kinds() {}

  /** Every served resource. */
  public static List<ResourceDescriptor> all() {
    return ALL;
  }

  /**
   * The admission steps, in the order to run.
   *
   * @param serviceCidrs ranges of cluster IPs, one or two of different families; the first is the
   *     default family
   * @param nodePortFrom first node port
   * @param nodePortTo last node port, inclusive
   */
  public static List<Admission> admissions(
      List<String> serviceCidrs, int nodePortFrom, int nodePortTo) {
    return List.of(
        new DefaultIngressClass(),
        new ServiceAllocation(
            serviceCidrs, nodePortFrom, nodePortTo, RandomGenerator.getDefault()));
  }

  private static ResourceDescriptor namespaced(
      String group,
      String plural,
      String kind,
      KindStrategy strategy,
      Set<String> subresources,
      String... shortNames) {
    return descriptor(true, group, plural, kind, strategy, subresources, List.of(shortNames));
  }

  /** A question about rights, answered on create and not stored. */
  private static ResourceDescriptor review(String group, String kind, boolean namespaced) {
    String singular = kind.toLowerCase(Locale.ROOT);
    return new ResourceDescriptor(
        group,
        "v1",
        singular + "s",
        singular,
        kind,
        kind + "List",
        namespaced,
        List.of(),
        List.of(),
        Set.of(),
        List.of("create"),
        new KindStrategy() {});
  }

  private static ResourceDescriptor cluster(
      String group,
      String plural,
      String kind,
      KindStrategy strategy,
      Set<String> subresources,
      String... shortNames) {
    return descriptor(false, group, plural, kind, strategy, subresources, List.of(shortNames));
  }

  private static ResourceDescriptor descriptor(
      boolean namespaced,
      String group,
      String plural,
      String kind,
      KindStrategy strategy,
      Set<String> subresources,
      List<String> shortNames) {
    return new ResourceDescriptor(
        group,
        "v1",
        plural,
        kind.toLowerCase(Locale.ROOT),
        kind,
        kind + "List",
        namespaced,
        shortNames,
        IN_ALL.contains(plural) ? List.of("all") : List.of(),
        subresources,
        strategy);
  }
}
