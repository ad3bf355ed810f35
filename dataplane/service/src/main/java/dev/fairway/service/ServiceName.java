// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import org.jspecify.annotations.Nullable;

/** Namespace and name of a Service. */
public record ServiceName(String namespace, String name) implements Comparable<ServiceName> {

  /** Written out, as a start looks up every service many times before anything is compiled. */
  @Override
  public boolean equals(@Nullable Object object) {
    return this == object
        || (object instanceof ServiceName other
            && name.equals(other.name)
            && namespace.equals(other.namespace));
  }

  @Override
  public int hashCode() {
    return 31 * namespace.hashCode() + name.hashCode();
  }

  @Override
  public int compareTo(ServiceName other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
