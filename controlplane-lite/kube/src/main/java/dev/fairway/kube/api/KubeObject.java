// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

/**
 * An object of the Kubernetes API with the fields this project reads; JSON names equal record
 * component names.
 */
public sealed interface KubeObject
    permits ConfigMap,
        Deployment,
        EndpointSlice,
        Endpoints,
        Event,
        GatewayApiObject,
        Ingress,
        IngressClass,
        Lease,
        Namespace,
        Node,
        Pod,
        ReplicaSet,
        Secret,
        Service,
        ServiceAccount,
        ServiceCidr {

  /** Name, namespace, labels and the rest of what every object has. */
  ObjectMeta metadata();

  /** Namespace and name, the key within one kind. */
  default ObjectKey key() {
    return new ObjectKey(metadata().namespace(), metadata().name());
  }
}
