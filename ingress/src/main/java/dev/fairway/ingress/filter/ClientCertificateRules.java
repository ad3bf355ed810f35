// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import com.google.re2j.Pattern;
import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UriText;
import dev.fairway.ingress.route.VariableText;
import dev.fairway.ingress.tls.ClientCertificate;
import dev.fairway.ingress.tls.ClientCertificate.Result;
import dev.fairway.ingress.tls.TlsSession;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests pass by the certificate of their client and tells the backend about it. What the
 * client itself sends under the names of these fields is removed.
 *
 * @param required whether there must be one
 * @param anyIssuer whether one that cannot be verified is good enough
 * @param subject must be found in the subject (RFC 2253); others get 403; null for every subject
 * @param passesCertificate whether the backend gets the certificate itself, percent-encoded PEM
 * @param errorPage where clients are sent instead of an answer 400, or null
 */
public record ClientCertificateRules(
    boolean required,
    boolean anyIssuer,
    @Nullable Pattern subject,
    boolean passesCertificate,
    @Nullable VariableText errorPage)
    implements RouteFilter {
  private static final List<Field> FIELDS =
      List.of(
          Field.SSL_CLIENT_VERIFY,
          Field.SSL_CLIENT_SUBJECT_DN,
          Field.SSL_CLIENT_ISSUER_DN,
          Field.SSL_CLIENT_CERT);

  @Override
  public Outcome onRequest(RequestContext request) {
    if (AcmeChallenge.isPath(request.target().path())) {
      return Outcome.CONTINUE;
    }
    TlsSession session = request.client().session();
    ClientCertificate shown = session == null ? ClientCertificate.NONE : session.client();
    X509Certificate leaf = shown.leaf();
    boolean missing = leaf == null && required;
    boolean wrong = shown.result() == Result.FAILED && !anyIssuer;
    if (missing || wrong) {
      refuse(request, missing ? "a certificate of the client is required" : shown.problem());
      return Outcome.ANSWERED;
    }
    Pattern expected = subject;
    String name = leaf == null ? "" : leaf.getSubjectX500Principal().getName();
    if (expected != null && leaf != null && !expected.matcher(name).find()) {
      request.answer(403, "not for the subject of this certificate");
      return Outcome.ANSWERED;
    }
    tellBackend(request.head().fields(), shown, leaf, name);
    return Outcome.CONTINUE;
  }

  private void refuse(RequestContext request, String problem) {
    VariableText page = errorPage;
    if (page == null) {
      request.answer(400, problem);
    } else {
      String location = page.renderUri(request);
      request.answer(302, problem, fields -> fields.add(Field.LOCATION, location));
    }
  }

  private void tellBackend(
      HttpFields fields, ClientCertificate shown, @Nullable X509Certificate leaf, String name) {
    for (Field ours : FIELDS) {
      fields.remove(ours);
    }
    fields.add(
        Field.SSL_CLIENT_VERIFY,
        switch (shown.result()) {
          case NONE -> "NONE";
          case SUCCESS -> "SUCCESS";
          case FAILED -> "FAILED:" + printable(shown.problem());
        });
    if (leaf != null) {
      fields.add(Field.SSL_CLIENT_SUBJECT_DN, printable(name));
      fields.add(Field.SSL_CLIENT_ISSUER_DN, printable(leaf.getIssuerX500Principal().getName()));
      if (passesCertificate) {
        fields.add(Field.SSL_CLIENT_CERT, UriText.escape(pem(leaf)));
      }
    }
  }

  /** What may stand in a field: names in certificates are what their issuers like them to be. */
  private static String printable(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c >= ' ' && c < 127 ? c : '?');
    }
    return out.toString();
  }

  private static String pem(X509Certificate certificate) {
    try {
      String base64 =
          Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
              .encodeToString(certificate.getEncoded());
      return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException cannotBe) {
      return "";
    }
  }

  @Override
  public String describe() {
    return "a certificate of the client is "
        + (required ? "required" : "looked at")
        + (subject == null ? "" : ", its subject must match " + subject);
  }
}
