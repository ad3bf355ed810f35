// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.translate.nginx.Annotations;
import dev.fairway.ingress.translate.nginx.GlobalSettings;
import dev.fairway.kube.api.ObjectKey;
import java.util.Map;
import java.util.function.Consumer;
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
 * @param passthrough whether annotations may have backends end TLS themselves
 * @param externalNames whether Services that are only names are served
 * @param config data of the gateway's ConfigMap when it started
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
    boolean passthrough,
    boolean externalNames,
    Map<String, String> config,
    @Nullable ObjectKey defaultCertificate) {
  public TranslatorOptions {
    config = Map.copyOf(config);
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
        false,
        false,
        Map.of(),
        null);
  }

  /** With other limits of routes that say nothing else. */
  public TranslatorOptions withPolicy(RoutePolicy other) {
    return with(fields -> fields.policy = other);
  }

  /** With another prefix of annotations; a slash at its end is added where it is missing. */
  public TranslatorOptions withAnnotationPrefix(String prefix) {
    return with(fields -> fields.annotationPrefix = prefix.endsWith("/") ? prefix : prefix + "/");
  }

  /** With or without the habits of ingress-nginx ({@code compat=ingress-nginx}). */
  public TranslatorOptions withIngressNginx(boolean on) {
    return with(fields -> fields.ingressNginx = on);
  }

  /** With or without annotations that name Secrets of other namespaces. */
  public TranslatorOptions withForeignSecrets(boolean allowed) {
    return with(fields -> fields.foreignSecrets = allowed);
  }

  /** With or without the Ingresses that name no class. */
  public TranslatorOptions withClassless(boolean ours) {
    return with(fields -> fields.classless = ours);
  }

  /** With or without backends that end TLS themselves, where annotations ask for it. */
  public TranslatorOptions withPassthrough(boolean allowed) {
    return with(fields -> fields.passthrough = allowed);
  }

  /** With or without Services that are only names. */
  public TranslatorOptions withExternalNames(boolean served) {
    return with(fields -> fields.externalNames = served);
  }

  /** Started with the data of a ConfigMap. */
  public TranslatorOptions withConfig(Map<String, String> data) {
    return with(fields -> fields.config = data);
  }

  /** With the Secret of another default certificate, or null. */
  public TranslatorOptions withDefaultCertificate(@Nullable ObjectKey secret) {
    return with(fields -> fields.defaultCertificate = secret);
  }

  /** What holds where neither annotations nor the ConfigMap say anything. */
  GlobalSettings defaults() {
    boolean mebibyte = ingressNginx && policy.maxRequestBody() < 0;
    return GlobalSettings.of(
        mebibyte ? policy.withMaxRequestBody(1 << 20) : policy,
        ingressNginx || className.equals("nginx"),
        ingressNginx);
  }

  private TranslatorOptions with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return new TranslatorOptions(
        className,
        controller,
        fields.policy,
        fields.annotationPrefix,
        fields.ingressNginx,
        fields.foreignSecrets,
        fields.classless,
        fields.passthrough,
        fields.externalNames,
        fields.config,
        fields.defaultCertificate);
  }

  /** The components that can be changed. */
  private static final class Fields {
    private RoutePolicy policy;
    private String annotationPrefix;
    private boolean ingressNginx;
    private boolean foreignSecrets;
    private boolean classless;
    private boolean passthrough;
    private boolean externalNames;
    private Map<String, String> config;
    private @Nullable ObjectKey defaultCertificate;

    Fields(TranslatorOptions options) {
      policy = options.policy;
      annotationPrefix = options.annotationPrefix;
      ingressNginx = options.ingressNginx;
      foreignSecrets = options.foreignSecrets;
      classless = options.classless;
      passthrough = options.passthrough;
      externalNames = options.externalNames;
      config = options.config;
      defaultCertificate = options.defaultCertificate;
    }
  }
}
