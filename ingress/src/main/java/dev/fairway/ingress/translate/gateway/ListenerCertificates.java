// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.tls.ClientVerification.Mode;
import dev.fairway.ingress.translate.SecretCertificates;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.ObjectRef;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The certificates that listeners show and those by which they verify clients. */
final class ListenerCertificates {
  private static final int MAX_INTERMEDIATES = 8;

  private final Map<ObjectKey, Secret> secrets;
  private final Map<ObjectKey, ConfigMap> configMaps;
  private final Grants grants;
  private final SecretCertificates parsed;
  private final AuthorityCertificates authorities;

  ListenerCertificates(
      GatewayObjects objects,
      Grants grants,
      SecretCertificates parsed,
      AuthorityCertificates authorities) {
    secrets = objects.secrets();
    configMaps = objects.configMaps();
    this.grants = grants;
    this.parsed = parsed;
    this.authorities = authorities;
  }

  /** Loads what the listener refers to; what is wrong is in its conditions. */
  void load(ListenerState listener) {
    Gateway.ListenerTls tls = listener.spec.tls();
    String protocol = listener.spec.protocol();
    if (tls == null
        || listener.isPassthrough()
        || !(protocol.equals("HTTPS") || protocol.equals("TLS"))) {
      return;
    }
    if (tls.certificateRefs().isEmpty()) {
      unresolved(listener, "InvalidCertificateRef", "the listener names no certificate");
    }
    for (ObjectRef reference : tls.certificateRefs()) {
      loadCertificate(listener, reference);
    }
    if (protocol.equals("HTTPS")) {
      checkValidation(listener);
    }
  }

  private void loadCertificate(ListenerState listener, ObjectRef reference) {
    if (!reference.groupOr("").isEmpty() || !reference.kindOr("Secret").equals("Secret")) {
      unresolved(listener, "InvalidCertificateRef", "a certificate must be in a Secret");
      return;
    }
    String namespace = reference.namespaceOr(listener.namespace());
    ObjectKey key = new ObjectKey(namespace, reference.name());
    if (!grants.permits(
        listener.ownerKind(), listener.namespace(), "Secret", namespace, reference.name())) {
      unresolved(
          listener, "RefNotPermitted", "no ReferenceGrant permits the reference to Secret " + key);
      return;
    }
    SecretCertificates.Result result = parsed.get(key, secrets.get(key));
    Certificate certificate = result.certificate();
    if (certificate == null) {
      unresolved(listener, "InvalidCertificateRef", result.problem());
    } else {
      listener.certificates.add(certificate);
    }
  }

  private void checkValidation(ListenerState listener) {
    Gateway.ClientValidation settings = settings(listener);
    if (settings == null) {
      return;
    }
    boolean any = false;
    for (ObjectRef reference : settings.caCertificateRefs()) {
      any |= !authority(listener, reference).isEmpty();
    }
    if (!any) {
      listener.conditions.fail(
          Conditions.ACCEPTED,
          "NoValidCACertificate",
          "no reference to the certificate of an authority for clients is valid");
      listener.conditions.fail(
          Conditions.PROGRAMMED, "Invalid", "clients cannot be verified without an authority");
    }
  }

  /** How the clients of a listener are verified, or null where they are not. */
  @Nullable ClientVerification verification(ListenerState listener) {
    Gateway.ClientValidation settings = settings(listener);
    if (settings == null) {
      return null;
    }
    List<X509Certificate> trusted = new ArrayList<>();
    for (ObjectRef reference : settings.caCertificateRefs()) {
      trusted.addAll(authority(listener, reference).certificates());
    }
    return new ClientVerification(
        trusted,
        MAX_INTERMEDIATES,
        "AllowInsecureFallback".equals(settings.mode()) ? Mode.REPORT : Mode.REQUIRE);
  }

  /** Whether clients of a listener are asked who they are. */
  static boolean asksClients(ListenerState listener) {
    return listener.spec.protocol().equals("HTTPS") && settings(listener) != null;
  }

  private static Gateway.@Nullable ClientValidation settings(ListenerState listener) {
    Gateway.Tls tls = listener.gateway.object.spec().tls();
    Gateway.FrontendTls frontend = tls == null ? null : tls.frontend();
    if (frontend == null) {
      return null;
    }
    for (Gateway.PortTls port : frontend.perPort()) {
      if (port.port() == listener.spec.port()) {
        return port.tls() == null ? null : port.tls().validation();
      }
    }
    return frontend.byDefault() == null ? null : frontend.byDefault().validation();
  }

  /** The certificates of an authority; where there are none, the conditions say why. */
  private AuthorityCertificates.Found authority(ListenerState listener, ObjectRef reference) {
    String own = listener.gateway.object.metadata().namespace();
    String namespace = reference.namespaceOr(own);
    ObjectKey key = new ObjectKey(namespace, reference.name());
    if (!reference.groupOr("").isEmpty() || !reference.kindOr("ConfigMap").equals("ConfigMap")) {
      unresolved(
          listener,
          "InvalidCACertificateKind",
          "the certificate of an authority must be in a ConfigMap");
      return AuthorityCertificates.Found.NOTHING;
    }
    if (!grants.permits("Gateway", own, "ConfigMap", namespace, reference.name())) {
      unresolved(
          listener,
          "RefNotPermitted",
          "no ReferenceGrant permits the reference to ConfigMap " + key);
      return AuthorityCertificates.Found.NOTHING;
    }
    AuthorityCertificates.Found found = authorities.get(key, configMaps.get(key));
    if (found.isEmpty()) {
      unresolved(
          listener,
          "InvalidCACertificateRef",
          "ConfigMap " + key + " has no certificate in ca.crt");
    }
    return found;
  }

  private static void unresolved(ListenerState listener, String reason, String message) {
    listener.conditions.fail(Conditions.RESOLVED_REFS, reason, message);
  }

  /** The Gateway's certificate for backends; a problem is in its conditions. */
  void loadClientKey(GatewayState gateway) {
    Gateway.Tls tls = gateway.object.spec().tls();
    ObjectRef reference =
        tls == null || tls.backend() == null ? null : tls.backend().clientCertificateRef();
    if (reference == null) {
      return;
    }
    String own = gateway.object.metadata().namespace();
    String namespace = reference.namespaceOr(own);
    ObjectKey key = new ObjectKey(namespace, reference.name());
    Conditions conditions = gateway.conditions;
    if (!reference.groupOr("").isEmpty() || !reference.kindOr("Secret").equals("Secret")) {
      conditions.fail(
          Conditions.RESOLVED_REFS,
          "InvalidClientCertificateRef",
          "the certificate for backends must be in a Secret");
    } else if (!grants.permits("Gateway", own, "Secret", namespace, reference.name())) {
      conditions.fail(
          Conditions.RESOLVED_REFS,
          "RefNotPermitted",
          "no ReferenceGrant permits the reference to Secret " + key);
    } else if (parsed.get(key, secrets.get(key)).certificate() == null) {
      conditions.fail(
          Conditions.RESOLVED_REFS,
          "InvalidClientCertificateRef",
          parsed.get(key, secrets.get(key)).problem());
    } else {
      gateway.clientKey = clientKey(secrets.get(key));
      conditions.defaultTrue(
          Conditions.RESOLVED_REFS, "ResolvedRefs", "the certificate for backends is valid");
    }
  }

  /** The chain and the key of a TLS Secret, or null where one is missing. */
  private static BackendTls.@Nullable ClientKey clientKey(@Nullable Secret secret) {
    byte[] certificates = secret == null ? null : secret.decoded("tls.crt");
    byte[] key = secret == null ? null : secret.decoded("tls.key");
    return certificates == null || key == null
        ? null
        : new BackendTls.ClientKey(
            new String(certificates, StandardCharsets.US_ASCII),
            new String(key, StandardCharsets.US_ASCII));
  }
}
