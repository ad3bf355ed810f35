// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.translate.nginx.Annotations;
import dev.fairway.kube.api.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * What a compilation of Ingresses takes for granted.
 *
 * @param className the class that the annotation kubernetes.io/ingress.class may name
 * @param controller the controller of our IngressClasses
 * @param policy limits of routes that say nothing else
 * @param annotationPrefix of the annotations of ingress-nginx, with its slash; {@code fairway.dev/}
 *     works beside it
 * @param ingressNginx whether the habits of ingress-nginx that Kubernetes does not know are kept:
 *     expressions for whole hosts, redirects to a trailing slash, 1 MiB bodies, HSTS
 * @param foreignSecrets whether annotations may name Secrets of other namespaces
 * @param classless whether Ingresses that name no class are ours, whatever the default class is
 * @param defaultCertificate the Secret with the certificate for names that have none, or null for
 *     one that is signed by itself
 */
public record TranslatorOptions(
    String className,
    String controller,
    RoutePolicy policy,
    String annotationPrefix,
    boolean ingressNginx,
    boolean foreignSecrets,
    boolean classless,
    @Nullable ObjectKey defaultCertificate) {
  public TranslatorOptions {
    if (!annotationPrefix.endsWith("/") || annotationPrefix.length() < 2) {
      throw new IllegalArgumentException("not a prefix of annotations: " + annotationPrefix);
    }
  }

  /** The default limits, the annotations of ingress-nginx, the semantics of Kubernetes. */
  public static TranslatorOptions of(String className, String controller) {
    return new TranslatorOptions(
        className,
        controller,
        RoutePolicy.DEFAULT,
        Annotations.NGINX_PREFIX,
        false,
        false,
        false,
        null);
  }

  /** With other limits of routes that say nothing else. */
  public TranslatorOptions withPolicy(RoutePolicy other) {
    return new TranslatorOptions(
        className,
        controller,
        other,
        annotationPrefix,
        ingressNginx,
        foreignSecrets,
        classless,
        defaultCertificate);
  }

  /** With another prefix of annotations; a slash at its end is added where it is missing. */
  public TranslatorOptions withAnnotationPrefix(String prefix) {
    return new TranslatorOptions(
        className,
        controller,
        policy,
        prefix.endsWith("/") ? prefix : prefix + "/",
        ingressNginx,
        foreignSecrets,
        classless,
        defaultCertificate);
  }

  /** With or without the habits of ingress-nginx ({@code compat=ingress-nginx}). */
  public TranslatorOptions withIngressNginx(boolean on) {
    return new TranslatorOptions(
        className,
        controller,
        policy,
        annotationPrefix,
        on,
        foreignSecrets,
        classless,
        defaultCertificate);
  }

  /** With or without annotations that name Secrets of other namespaces. */
  public TranslatorOptions withForeignSecrets(boolean allowed) {
    return new TranslatorOptions(
        className,
        controller,
        policy,
        annotationPrefix,
        ingressNginx,
        allowed,
        classless,
        defaultCertificate);
  }

  /** With or without the Ingresses that name no class. */
  public TranslatorOptions withClassless(boolean ours) {
    return new TranslatorOptions(
        className,
        controller,
        policy,
        annotationPrefix,
        ingressNginx,
        foreignSecrets,
        ours,
        defaultCertificate);
  }

  /** With the Secret of another default certificate, or null. */
  public TranslatorOptions withDefaultCertificate(@Nullable ObjectKey secret) {
    return new TranslatorOptions(
        className,
        controller,
        policy,
        annotationPrefix,
        ingressNginx,
        foreignSecrets,
        classless,
        secret);
  }

  /** Whether hosts with TLS are redirected to HTTPS where no annotation says anything. */
  boolean redirectsByDefault() {
    return ingressNginx || className.equals("nginx");
  }
}
