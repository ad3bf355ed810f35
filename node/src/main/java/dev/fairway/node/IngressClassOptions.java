// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.translate.TranslatorOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which Ingresses are ours, and how they are read. */
final class IngressClassOptions {
  static final String NGINX_CONTROLLER = "k8s.io/ingress-nginx";

  @Option(
      names = "--ingress-class",
      paramLabel = "NAME",
      defaultValue = IngressOptions.CLASS_NAME,
      description =
          "The class that the annotation kubernetes.io/ingress.class names"
              + " (default: ${DEFAULT-VALUE}).")
  private String ingressClass = IngressOptions.CLASS_NAME;

  @Option(
      names = "--controller-class",
      paramLabel = "NAME",
      description =
          "The controller of the IngressClasses that are served (default: "
              + IngressOptions.CONTROLLER
              + "; with --ingress-class nginx "
              + NGINX_CONTROLLER
              + ").")
  private @Nullable String controllerClass;

  @Option(
      names = "--watch-ingress-without-class",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Serve Ingresses that name no class, too.")
  private boolean withoutClass;

  @Option(
      names = "--annotations-prefix",
      paramLabel = "PREFIX",
      defaultValue = "nginx.ingress.kubernetes.io",
      description =
          "What the keys of ingress-nginx's annotations begin with (default: ${DEFAULT-VALUE}).")
  private String annotationsPrefix = "nginx.ingress.kubernetes.io";

  @Option(
      names = "--compat",
      paramLabel = "spec|ingress-nginx",
      defaultValue = "spec",
      converter = Compat.class,
      description =
          "Follow the Ingress specification, or the habits of ingress-nginx where they differ"
              + " (default: ${DEFAULT-VALUE}).")
  private Habits habits = Habits.SPEC;

  @Option(
      names = "--allow-foreign-secrets",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Let annotations name Secrets of other namespaces.")
  private boolean foreignSecrets;

  @Option(
      names = "--enable-ssl-passthrough",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Let annotations have backends end TLS themselves.")
  private boolean passthrough;

  TranslatorOptions translator() {
    return TranslatorOptions.of(ingressClass, controller())
        .withAnnotationPrefix(annotationsPrefix)
        .withIngressNginx(habits == Habits.INGRESS_NGINX)
        .withForeignSecrets(foreignSecrets)
        .withClassless(withoutClass)
        .withPassthrough(passthrough);
  }

  String controller() {
    if (controllerClass != null) {
      return controllerClass;
    }
    return ingressClass.equals("nginx") ? NGINX_CONTROLLER : IngressOptions.CONTROLLER;
  }

  /** What is followed where the two differ. */
  enum Habits {
    SPEC,
    INGRESS_NGINX
  }

  static final class Compat implements ITypeConverter<Habits> {
    @Override
    public Habits convert(String text) {
      return switch (text) {
        case "spec" -> Habits.SPEC;
        case "ingress-nginx" -> Habits.INGRESS_NGINX;
        default ->
            throw new TypeConversionException("'" + text + "': expected spec or ingress-nginx");
      };
    }
  }
}
