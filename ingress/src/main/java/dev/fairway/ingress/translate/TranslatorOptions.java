// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.RoutePolicy;

/**
 * What a compilation of Ingresses takes for granted.
 *
 * @param className the class that the annotation kubernetes.io/ingress.class may name
 * @param controller the controller of our IngressClasses
 * @param policy limits of routes that say nothing else
 */
public record TranslatorOptions(String className, String controller, RoutePolicy policy) {
  /** The default limits. */
  public static TranslatorOptions of(String className, String controller) {
    return new TranslatorOptions(className, controller, RoutePolicy.DEFAULT);
  }
}
