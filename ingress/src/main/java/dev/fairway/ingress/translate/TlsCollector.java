// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Collects which certificate serves which host; the first Ingress with a usable one wins. */
final class TlsCollector {
  private record Claim(ObjectKey ingress, ObjectKey secret) {}

  private final IngressObjects objects;
  private final SecretCertificates certificates;
  private final List<Diagnostic> diagnostics;
  private final Map<String, Certificate> byHost = new HashMap<>();
  private final Map<String, Claim> claims = new HashMap<>();

  TlsCollector(
      IngressObjects objects, SecretCertificates certificates, List<Diagnostic> diagnostics) {
    this.objects = objects;
    this.certificates = certificates;
    this.diagnostics = diagnostics;
  }

  Map<String, Certificate> byHost() {
    return byHost;
  }

  void add(Ingress ingress) {
    Map<ObjectKey, Secret> secrets = objects.secrets();
    if (secrets == null) {
      return;
    }
    for (Ingress.Tls tls : ingress.spec().tls()) {
      if (tls.secretName().isEmpty()) {
        continue;
      }
      ObjectKey key = new ObjectKey(ingress.metadata().namespace(), tls.secretName());
      SecretCertificates.Result result = certificates.get(key, secrets.get(key));
      Certificate certificate = result.certificate();
      if (certificate == null) {
        report(ingress, result.reason(), result.problem() + "; the default certificate is served");
        continue;
      }
      for (String host : hosts(ingress, tls)) {
        claim(ingress, host, key, certificate);
      }
    }
  }

  private void claim(Ingress ingress, String host, ObjectKey secret, Certificate certificate) {
    Claim earlier = claims.get(host);
    if (earlier != null) {
      if (!earlier.secret.equals(secret)) {
        report(
            ingress,
            Reason.CONFLICT,
            "the certificate of " + host + " is that of the older Ingress " + earlier.ingress);
      }
      return;
    }
    if (!certificate.covers(host)) {
      report(
          ingress,
          Reason.CERTIFICATE_MISMATCH,
          "the certificate in Secret "
              + secret
              + " is not valid for "
              + host
              + "; the default certificate is served");
      return;
    }
    claims.put(host, new Claim(ingress.key(), secret));
    byHost.put(host, certificate);
  }

  /** The hosts of an entry; where it has none, those of the rules. */
  private static Set<String> hosts(Ingress ingress, Ingress.Tls tls) {
    Set<String> hosts = new HashSet<>();
    for (String host : tls.hosts()) {
      hosts.add(host.toLowerCase(Locale.ROOT));
    }
    if (hosts.isEmpty()) {
      for (Ingress.Rule rule : ingress.spec().rules()) {
        hosts.add(rule.host().toLowerCase(Locale.ROOT));
      }
    }
    hosts.remove("");
    return hosts;
  }

  private void report(Ingress ingress, Reason reason, String message) {
    diagnostics.add(new Diagnostic(ingress.key(), ingress.metadata().uid(), reason, message));
  }
}
