// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import org.jspecify.annotations.Nullable;

/**
 * Namespace and name of an object; the namespace is empty for cluster-scoped kinds.
 *
 * @param namespace the namespace, or "" for a cluster-scoped object
 * @param name the name
 */
public record ObjectKey(String namespace, String name) implements Comparable<ObjectKey> {
  /** Written out, as a start looks up every object many times before anything is compiled. */
  @Override
  public boolean equals(@Nullable Object object) {
    return this == object
        || (object instanceof ObjectKey other
            && name.equals(other.name)
            && namespace.equals(other.namespace));
  }

  @Override
  public int hashCode() {
    return 31 * namespace.hashCode() + name.hashCode();
  }

  /** The key of a cluster-scoped object. */
  public static ObjectKey clusterScoped(String name) {
    return new ObjectKey("", name);
  }

  @Override
  public int compareTo(ObjectKey other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
