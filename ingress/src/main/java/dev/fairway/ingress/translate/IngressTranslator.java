// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.RouteTable.HostRule;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.CertificateIndex;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Compiles Ingresses. The oldest Ingress wins every conflict, then the first by namespace and name;
 * whatever is wrong with one object is reported and affects nothing else.
 */
public final class IngressTranslator {
  private static final Comparator<Ingress> PRECEDENCE =
      Comparator.comparing(
              (Ingress ingress) -> {
                Instant created = ingress.metadata().creationTimestamp();
                return created == null ? Instant.MAX : created;
              })
          .thenComparing(Ingress::key);

  private final TranslatorOptions options;
  private final SecretCertificates certificates = new SecretCertificates();

  public IngressTranslator(TranslatorOptions options) {
    this.options = options;
  }

  /** Compiles everything anew; not thread-safe. */
  public Translation translate(IngressObjects objects) {
    ClassSelector selector =
        new ClassSelector(options.className(), options.controller(), objects.classes());
    List<Ingress> ours = new ArrayList<>();
    for (Ingress ingress : objects.ingresses()) {
      if (selector.accepts(ingress)) {
        ours.add(ingress);
      }
    }
    ours.sort(PRECEDENCE);

    List<Diagnostic> diagnostics = new ArrayList<>();
    RouteTable.Builder routes = new RouteTable.Builder(HostRule.INGRESS);
    Set<UpstreamSpec> upstreams = new HashSet<>();
    Set<ObjectKey> accepted = new HashSet<>();
    TlsCollector tls = new TlsCollector(objects, certificates, diagnostics);
    for (Ingress ingress : ours) {
      accepted.add(ingress.key());
      if (selector.contradicts(ingress)) {
        diagnostics.add(
            new Diagnostic(
                ingress.key(),
                ingress.metadata().uid(),
                Reason.INVALID_CLASS,
                "the annotation kubernetes.io/ingress.class wins over spec.ingressClassName"));
      }
      try {
        new IngressCompiler(ingress, objects, options.policy(), routes, upstreams, diagnostics)
            .compile();
        tls.add(ingress);
      } catch (RuntimeException unforeseen) {
        // An object that nobody thought of must not stop the others.
        diagnostics.add(
            new Diagnostic(
                ingress.key(),
                ingress.metadata().uid(),
                Reason.INVALID,
                "the Ingress cannot be served: " + unforeseen));
      }
    }
    return new Translation(
        routes.build(), CertificateIndex.of(tls.byHost()), upstreams, accepted, diagnostics);
  }
}
