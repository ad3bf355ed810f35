// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.List;
import java.util.Set;

/**
 * A resource that the API server serves and the strategy that gives its kind its behaviour.
 *
 * @param group API group, "" for core
 * @param version the one served version, such as v1
 * @param plural the name in URLs
 * @param singular the name that kubectl accepts in the singular
 * @param kind the kind of one object
 * @param listKind the kind of a list
 * @param namespaced whether objects live in a namespace
 * @param shortNames abbreviations such as svc
 * @param categories groups of resources such as all
 * @param subresources some of status, scale, log, binding, eviction, finalize
 * @param verbs what may be asked of it, in the order of the alphabet; create alone for a resource
 *     that is answered and not stored
 */
public record ResourceDescriptor(
    String group,
    String version,
    String plural,
    String singular,
    String kind,
    String listKind,
    boolean namespaced,
    List<String> shortNames,
    List<String> categories,
    Set<String> subresources,
    List<String> verbs,
    KindStrategy strategy) {
  private static final List<String> ALL_VERBS =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  public ResourceDescriptor {
    shortNames = List.copyOf(shortNames);
    categories = List.copyOf(categories);
    subresources = Set.copyOf(subresources);
    verbs = List.copyOf(verbs);
  }

  /** A resource that is stored and can be asked for in every way. */
  public ResourceDescriptor(
      String group,
      String version,
      String plural,
      String singular,
      String kind,
      String listKind,
      boolean namespaced,
      List<String> shortNames,
      List<String> categories,
      Set<String> subresources,
      KindStrategy strategy) {
    this(
        group,
        version,
        plural,
        singular,
        kind,
        listKind,
        namespaced,
        shortNames,
        categories,
        subresources,
        ALL_VERBS,
        strategy);
  }

  /** Whether objects are kept. */
  public boolean isStored() {
    return verbs.contains("get");
  }

  /** {@code v1} or {@code group/version}, as in an object's apiVersion. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** {@code services} or {@code deployments.apps}, as error messages name a resource. */
  public String groupResource() {
    return group.isEmpty() ? plural : plural + "." + group;
  }

  /** {@code Service} or {@code Deployment.apps}, as validation messages name a kind. */
  public String groupKind() {
    return group.isEmpty() ? kind : kind + "." + group;
  }

  /** {@code api/v1} or {@code apis/group/version}: the URL root and the OpenAPI v3 key. */
  public String urlRoot() {
    return group.isEmpty() ? "api/" + version : "apis/" + group + "/" + version;
  }

  public boolean hasSubresource(String subresource) {
    return subresources.contains(subresource);
  }

  @Override
  public String toString() {
    return groupResource();
  }
}
