// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.Admission;
import dev.fairway.apiserver.registry.AdmissionRequest;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Gives a new Ingress without a class the default one; the newest if several are marked. */
final class DefaultIngressClass implements Admission {
  private static final String NETWORKING = "networking.k8s.io";
  private static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";
  private static final String DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";

  @Override
  public boolean handles(ResourceDescriptor resource) {
    return resource.group().equals(NETWORKING) && resource.plural().equals("ingresses");
  }

  @Override
  public void admit(AdmissionRequest request) {
    ObjectNode ingress = request.object();
    boolean create = request.operation() == AdmissionRequest.Operation.CREATE;
    JsonNode annotations = ingress.path("metadata").path("annotations");
    boolean chosen =
        ingress.path("spec").has("ingressClassName") || annotations.has(CLASS_ANNOTATION);
    if (!create || request.subresource() != null || chosen) {
      return;
    }
    List<ObjectNode> classes = request.objects().list(NETWORKING, "ingressclasses", "");
    classes.stream()
        .filter(c ->
            Tree.text(c.path("metadata").path("annotations"), DEFAULT_ANNOTATION).equals("true"))
        .max(
            Comparator.comparing(
                    (ObjectNode c) -> Tree.text(c.path("metadata"), "creationTimestamp"))
                .thenComparing(Tree::name, Comparator.reverseOrder()))
        .ifPresent(c -> Tree.ensure(ingress, "spec").put("ingressClassName", Tree.name(c)));
  }
}
