// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import dev.fairway.ingress.translate.ClassSelector;
import dev.fairway.ingress.translate.Diagnostic;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.IngressTranslator;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.ingress.translate.admission.Finding.Severity;
import dev.fairway.ingress.translate.nginx.AnnotationCatalog;
import dev.fairway.ingress.translate.nginx.AnnotationCatalog.Support;
import dev.fairway.ingress.translate.nginx.Annotations;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Compiles Ingresses to see what is wrong with them; nothing of it is served. Immutable. */
public final class IngressCheck {
  /** Later than every Ingress that exists: who comes last loses conflicts. */
  private static final Instant LAST = Instant.MAX.minusSeconds(1);

  /** What hardly a path has that is meant as it is written. */
  private static final Pattern EXPRESSION = Pattern.compile("[*^$|()\\[\\]{}\\\\]|\\.[*+?]");

  private final TranslatorOptions options;

  public IngressCheck(TranslatorOptions options) {
    this.options = options;
  }

  /** Whether an Ingress would be served at all. */
  public boolean isOurs(Ingress candidate, IngressObjects existing) {
    return new ClassSelector(
            options.className(), options.controller(), existing.classes(), options.classless())
        .accepts(candidate);
  }

  /**
   * What would be wrong with an Ingress if it came now, or replaced the one of its name.
   *
   * @param existing objects of the cluster; Services and Secrets are not looked for, as they may
   *     come later
   */
  public List<Finding> check(Ingress candidate, IngressObjects existing) {
    Set<String> hosts = hosts(candidate);
    List<Ingress> neighbours = new ArrayList<>();
    Instant created = LAST;
    for (Ingress other : existing.ingresses()) {
      if (other.key().equals(candidate.key())) {
        Instant before = other.metadata().creationTimestamp();
        created = before == null ? LAST : before;
      } else if (hosts(other).stream().anyMatch(hosts::contains)) {
        neighbours.add(other);
      }
    }
    neighbours.add(withCreation(candidate, created));
    List<Finding> findings = new ArrayList<>();
    for (Finding finding : compile(options, neighbours, existing)) {
      if (finding.object().equals(candidate.key())) {
        findings.add(finding);
      }
    }
    literalPaths(candidate, findings);
    return findings;
  }

  /**
   * What is wrong with Ingresses by themselves, whatever their class, with what works in another
   * way than with ingress-nginx.
   */
  public List<Finding> checkAll(Collection<Ingress> ingresses) {
    List<Ingress> classless = new ArrayList<>();
    for (Ingress ingress : ingresses) {
      classless.add(withoutClass(ingress));
    }
    IngressObjects objects = new IngressObjects(classless, List.of(), null, null);
    List<Finding> findings =
        new ArrayList<>(compile(options.withClassless(true), classless, objects));
    for (Ingress ingress : ingresses) {
      differences(ingress, findings);
      literalPaths(ingress, findings);
    }
    return findings;
  }

  private static List<Finding> compile(
      TranslatorOptions options, List<Ingress> ingresses, IngressObjects existing) {
    IngressObjects objects =
        new IngressObjects(ingresses, existing.classes(), null, null, existing.config());
    List<Finding> findings = new ArrayList<>();
    for (Diagnostic found : new IngressTranslator(options).translate(objects).diagnostics()) {
      if (found.subject() == Diagnostic.Subject.CONFIG_MAP) {
        continue; // its owner is told elsewhere
      }
      findings.add(
          finding(
              severity(found.reason()), found.object(), found.reason().text(), found.message()));
    }
    return findings;
  }

  private static Finding finding(
      Severity severity, ObjectKey ingress, String reason, String message) {
    return new Finding(severity, "Ingress", ingress, reason, message);
  }

  private static Severity severity(Diagnostic.Reason reason) {
    return switch (reason) {
      case CONFLICT,
          UNSUPPORTED_BACKEND,
          REFUSED_ANNOTATION,
          ANNOTATION_INVALID,
          INVALID_REGEX,
          INVALID_HOST,
          INVALID_PATH,
          INVALID ->
          Severity.ERROR;
      default -> Severity.WARNING;
    };
  }

  /** Expressions in paths that are taken as they are written. */
  private void literalPaths(Ingress ingress, List<Finding> findings) {
    for (Ingress.Rule rule : ingress.spec().rules()) {
      Ingress.Http http = rule.http();
      for (Ingress.Path path : http == null ? List.<Ingress.Path>of() : http.paths()) {
        boolean literal = path.pathType().equals("Exact") || path.pathType().equals("Prefix");
        if (literal && EXPRESSION.matcher(path.path()).find()) {
          findings.add(
              finding(
                  options.ingressNginx() ? Severity.ERROR : Severity.WARNING,
                  ingress.key(),
                  "ExpressionInPath",
                  "a path of type "
                      + path.pathType()
                      + " looks like an expression; expressions"
                      + " are of type ImplementationSpecific"));
        }
      }
    }
  }

  private void differences(Ingress ingress, List<Finding> findings) {
    Set<String> names = new TreeSet<>();
    for (String key : ingress.metadata().annotations().keySet()) {
      for (String prefix : List.of(options.annotationPrefix(), Annotations.OWN_PREFIX)) {
        if (key.startsWith(prefix)) {
          names.add(key.substring(prefix.length()));
        }
      }
    }
    for (AnnotationCatalog.Entry entry : AnnotationCatalog.all()) {
      if (entry.support() == Support.DIFFERENT && names.contains(entry.name())) {
        findings.add(
            finding(
                Severity.NOTE,
                ingress.key(),
                "DifferentAnnotation",
                entry.name() + ": " + entry.note()));
      }
    }
  }

  private static Set<String> hosts(Ingress ingress) {
    Set<String> hosts = new HashSet<>();
    for (Ingress.Rule rule : ingress.spec().rules()) {
      hosts.add(rule.host());
    }
    if (ingress.spec().defaultBackend() != null) {
      hosts.add("");
    }
    return hosts;
  }

  private static Ingress withoutClass(Ingress ingress) {
    Map<String, String> annotations = new TreeMap<>(ingress.metadata().annotations());
    annotations.remove("kubernetes.io/ingress.class");
    Ingress.Spec spec = ingress.spec();
    return new Ingress(
        ingress.metadata().withAnnotations(annotations),
        new Ingress.Spec(null, spec.defaultBackend(), spec.tls(), spec.rules()),
        null);
  }

  private static Ingress withCreation(Ingress ingress, Instant created) {
    ObjectMeta meta = ingress.metadata();
    return new Ingress(
        new ObjectMeta(
            meta.name(),
            meta.generateName(),
            meta.namespace(),
            meta.uid(),
            meta.resourceVersion(),
            meta.generation(),
            created,
            meta.deletionTimestamp(),
            meta.deletionGracePeriodSeconds(),
            meta.labels(),
            meta.annotations(),
            meta.ownerReferences(),
            meta.finalizers()),
        ingress.spec(),
        ingress.status());
  }
}
