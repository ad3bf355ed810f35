// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Namespace and name of a Service. Not a record, because it keeps its hash: a start looks up every
 * service many times, and to follow two references each time is most of the work.
 */
public final class ServiceName implements Comparable<ServiceName> {
  private final String namespace;
  private final String name;
  private final int hash;

  /** A name. */
  public ServiceName(String namespace, String name) {
    this.namespace = Objects.requireNonNull(namespace);
    this.name = Objects.requireNonNull(name);
    this.hash = 31 * namespace.hashCode() + name.hashCode();
  }

  /** The namespace. */
  public String namespace() {
    return namespace;
  }

  /** The name within the namespace. */
  public String name() {
    return name;
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return this == object
        || (object instanceof ServiceName other
            && hash == other.hash
            && name.equals(other.name)
            && namespace.equals(other.namespace));
  }

  @Override
  public int hashCode() {
    return hash;
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
