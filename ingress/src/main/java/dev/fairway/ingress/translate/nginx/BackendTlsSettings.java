// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.route.BackendTls.ClientKey;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.kube.api.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The annotations about TLS to backends. Certificates are verified only where asked for; what was
 * asked for and cannot be had closes the paths.
 */
record BackendTlsSettings(@Nullable BackendTls tls, @Nullable RouteFilter closed) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.-]{1,253}");

  static BackendTlsSettings read(Annotations annotations, SettingsContext context) {
    String verifyText =
        annotations.choice("proxy-ssl-verify", List.of("on", "off", "true", "false"), "");
    boolean verify = verifyText.equals("on") || verifyText.equals("true");
    if (verifyText.isEmpty() && annotations.has("proxy-ssl-verify")) {
      return closed("proxy-ssl-verify is not valid");
    }
    String name = annotations.text("proxy-ssl-name", NAME, "a host name");
    if (name == null && annotations.has("proxy-ssl-name")) {
      return closed("proxy-ssl-name is not valid");
    }
    String sni = annotations.choice("proxy-ssl-server-name", List.of("on", "off", "true"), "off");
    String authorities = "";
    ClientKey client = null;
    if (annotations.has("proxy-ssl-secret")) {
      Secret secret = SecretReference.read(annotations, "proxy-ssl-secret", context);
      if (secret == null) {
        return closed("the Secret of proxy-ssl-secret cannot be used");
      }
      authorities = pem(secret, "ca.crt");
      String certificates = pem(secret, "tls.crt");
      String key = pem(secret, "tls.key");
      client = certificates.isEmpty() || key.isEmpty() ? null : new ClientKey(certificates, key);
    }
    if (verify && authorities.isEmpty()) {
      annotations.broken("proxy-ssl-verify", "proxy-ssl-secret gives no ca.crt to verify with");
      return closed("there is nothing to verify the backend with");
    }
    String serverName = sni.equals("off") && !verify ? "" : name == null ? "" : name;
    return new BackendTlsSettings(
        new BackendTls(serverName, verify, authorities, List.of(), client), null);
  }

  private static BackendTlsSettings closed(String reason) {
    return new BackendTlsSettings(null, new FixedAnswer(503, reason));
  }

  private static String pem(Secret secret, String key) {
    byte[] bytes = secret.decoded(key);
    return bytes == null ? "" : new String(bytes, StandardCharsets.US_ASCII);
  }
}
