// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Decides which Ingresses are ours: the annotation {@code kubernetes.io/ingress.class} first, then
 * the controller of the named IngressClass; without either only where one of our classes is the
 * default one.
 */
public final class ClassSelector {
  static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";
  private static final String DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";

  private final String className;
  private final Set<String> ourClasses = new HashSet<>();
  private final boolean serveClassless;

  /**
   * @param className what the annotation must say
   * @param controller what the IngressClass must name as its controller
   */
  public ClassSelector(String className, String controller, Collection<IngressClass> classes) {
    this(className, controller, classes, false);
  }

  /**
   * @param className what the annotation must say
   * @param controller what the IngressClass must name as its controller
   * @param classless whether Ingresses without a class are ours even where no class of ours is the
   *     default
   */
  public ClassSelector(
      String className, String controller, Collection<IngressClass> classes, boolean classless) {
    this.className = className;
    boolean isDefault = classless;
    for (IngressClass candidate : classes) {
      IngressClass.Spec spec = candidate.spec();
      if (spec != null && controller.equals(spec.controller())) {
        ourClasses.add(candidate.metadata().name());
        isDefault |= "true".equals(candidate.metadata().annotations().get(DEFAULT_ANNOTATION));
      }
    }
    serveClassless = isDefault;
  }

  /** Whether the Ingress is ours. */
  public boolean accepts(Ingress ingress) {
    String annotation = ingress.metadata().annotations().get(CLASS_ANNOTATION);
    if (annotation != null && !annotation.isEmpty()) {
      return annotation.equals(className);
    }
    String named = ingress.spec().ingressClassName();
    return named == null ? serveClassless : ourClasses.contains(named);
  }

  /** Whether annotation and field name different classes, which only updates can do. */
  boolean contradicts(Ingress ingress) {
    String annotation = ingress.metadata().annotations().get(CLASS_ANNOTATION);
    String named = ingress.spec().ingressClassName();
    return annotation != null && named != null && !annotation.equals(named);
  }
}
