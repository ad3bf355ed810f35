// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.fairway.ingress.filter.ClientCertificateRules;
import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.route.Expressions;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.VariableText;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.tls.ClientVerification.Mode;
import dev.fairway.kube.api.Secret;
import java.io.ByteArrayInputStream;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The annotations about certificates of clients; they hold for a whole host. What cannot be read
 * closes its paths.
 *
 * @param verification how clients are asked in the handshake, or null where they are not
 * @param guard of every path of the host
 */
public record ClientCertificateSettings(
    @Nullable ClientVerification verification, RouteFilter guard) {
  private static final int MAX_DEPTH = 10;

  /** Null where the annotations ask for none. */
  static @Nullable ClientCertificateSettings read(
      Annotations annotations, SettingsContext context) {
    if (!annotations.has("auth-tls-secret") && !annotations.has("auth-tls-verify-client")) {
      return null;
    }
    String verify =
        annotations.choice(
            "auth-tls-verify-client", List.of("on", "off", "optional", "optional_no_ca"), "on");
    if (annotations.isInvalid("auth-tls-verify-client")) {
      return closed();
    }
    if (verify.equals("off")) {
      return null;
    }
    Secret secret = SecretReference.read(annotations, "auth-tls-secret", context);
    List<X509Certificate> authorities = secret == null ? List.of() : authorities(secret);
    List<X509CRL> revocations = secret == null ? List.of() : revocations(secret);
    Pattern subject = subject(annotations);
    int depth = annotations.integer("auth-tls-verify-depth", 0, MAX_DEPTH, 1);
    boolean pageIsWrong = false;
    VariableText page = null;
    if (annotations.has("auth-tls-error-page")) {
      page = RedirectSettings.url(annotations, "auth-tls-error-page");
      pageIsWrong = page == null;
    }
    if (secret != null && authorities.isEmpty()) {
      annotations.broken("auth-tls-secret", "the Secret has no certificates in ca.crt");
    }
    if (revocations == null) {
      annotations.broken("auth-tls-secret", "the lists in ca.crl cannot be read");
      return closed();
    }
    if (authorities.isEmpty()
        || pageIsWrong
        || annotations.isInvalid("auth-tls-match-cn")
        || annotations.isInvalid("auth-tls-verify-depth")) {
      return closed();
    }
    return new ClientCertificateSettings(
        new ClientVerification(authorities, depth, revocations, Mode.REPORT),
        new ClientCertificateRules(
            verify.equals("on"),
            verify.equals("optional_no_ca"),
            subject,
            annotations.flag("auth-tls-pass-certificate-to-upstream", false),
            page));
  }

  private static ClientCertificateSettings closed() {
    return new ClientCertificateSettings(
        null, new FixedAnswer(503, "the certificates of this host's clients cannot be verified"));
  }

  private static @Nullable Pattern subject(Annotations annotations) {
    String text = annotations.text("auth-tls-match-cn");
    if (text == null) {
      if (annotations.has("auth-tls-match-cn")) {
        annotations.invalid("auth-tls-match-cn", "an expression of RE2");
      }
      return null;
    }
    try {
      return Expressions.compile(text, 0);
    } catch (PatternSyntaxException notRe2) {
      annotations.invalid("auth-tls-match-cn", "an expression of RE2");
      return null;
    }
  }

  /** The lists in {@code ca.crl}; null where they cannot be read. */
  private static @Nullable List<X509CRL> revocations(Secret secret) {
    if (!secret.data().containsKey("ca.crl")) {
      return List.of();
    }
    byte[] pem = secret.decoded("ca.crl");
    List<X509CRL> lists = new ArrayList<>();
    try {
      for (CRL one :
          CertificateFactory.getInstance("X.509")
              .generateCRLs(new ByteArrayInputStream(pem == null ? new byte[0] : pem))) {
        if (one instanceof X509CRL list) {
          lists.add(list);
        }
      }
    } catch (CRLException | CertificateException malformed) {
      return null;
    }
    return lists.isEmpty() ? null : lists;
  }

  private static List<X509Certificate> authorities(Secret secret) {
    byte[] pem = secret.decoded("ca.crt");
    List<X509Certificate> authorities = new ArrayList<>();
    if (pem == null) {
      return authorities;
    }
    try {
      for (Certificate one :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        if (one instanceof X509Certificate authority) {
          authorities.add(authority);
        }
      }
    } catch (CertificateException malformed) {
      return List.of();
    }
    return authorities;
  }
}
