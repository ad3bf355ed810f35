// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.OwnerReference;
import dev.fairway.kube.api.Pod;
import java.util.ArrayList;
import java.util.List;

/** Under which terms the indexes of {@link SharedInformers} find an object. */
public final class Terms {
  private Terms() {}

  /** Objects of a namespace. */
  public static String namespace(String namespace) {
    return "namespace/" + namespace;
  }

  /** Objects whose controller has this uid. */
  public static String owner(String uid) {
    return "owner/" + uid;
  }

  /** Pods bound to a node. */
  public static String node(String name) {
    return "node/" + name;
  }

  /** Slices that carry the name of a Service. */
  public static String service(ObjectKey service) {
    return "service/" + service;
  }

  /** All terms of an object. */
  static List<String> of(KubeObject object) {
    List<String> terms = new ArrayList<>(3);
    String namespace = object.metadata().namespace();
    if (!namespace.isEmpty()) {
      terms.add(namespace(namespace));
    }
    OwnerReference owner = object.metadata().controllerOwner();
    if (owner != null) {
      terms.add(owner(owner.uid()));
    }
    if (object instanceof Pod pod && !pod.spec().nodeName().isEmpty()) {
      terms.add(node(pod.spec().nodeName()));
    }
    if (object instanceof EndpointSlice slice) {
      String service = slice.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL);
      if (service != null && !service.isEmpty()) {
        terms.add(service(new ObjectKey(namespace, service)));
      }
    }
    return terms;
  }
}
