// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.BasicAuth;
import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.filter.PasswordHash;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.kube.api.Secret;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The annotations about users and passwords. What cannot be read closes the paths. */
final class UserSettings {
  private static final Pattern REALM = Pattern.compile("[ !#-\\[\\]-~]{1,200}");
  private static final String DEFAULT_REALM = "Authentication Required";
  private static final int MAX_USERS = 10_000;

  private UserSettings() {}

  /** The check, or null where the annotations ask for none. */
  static @Nullable RouteFilter read(Annotations annotations, SettingsContext context) {
    if (!annotations.has("auth-type")) {
      return null;
    }
    String type = annotations.choice("auth-type", List.of("basic", "digest"), "");
    if (!type.equals("basic")) {
      return closed("this kind of authentication is not served");
    }
    String form =
        annotations.choice("auth-secret-type", List.of("auth-file", "auth-map"), "auth-file");
    Secret secret = SecretReference.read(annotations, "auth-secret", context);
    if (secret == null || annotations.isInvalid("auth-secret-type")) {
      return closed("the users of this path cannot be read");
    }
    Map<String, String> users =
        form.equals("auth-map") ? fromMap(secret) : fromFile(secret.decoded("auth"));
    if (users == null) {
      annotations.broken("auth-secret", "the Secret has no users in the key auth");
      return closed("the users of this path cannot be read");
    }
    if (users.values().stream().anyMatch(hash -> !PasswordHash.isKnown(hash))) {
      annotations.broken("auth-secret", "some hashes have a form that is not known");
    }
    String realm =
        annotations.text("auth-realm", REALM, "printable text without quotes and backslashes");
    return new BasicAuth(realm == null ? DEFAULT_REALM : realm, users, context.passwords());
  }

  private static RouteFilter closed(String reason) {
    return new FixedAnswer(503, reason);
  }

  private static @Nullable Map<String, String> fromFile(byte @Nullable [] file) {
    if (file == null) {
      return null;
    }
    Map<String, String> users = new HashMap<>();
    for (String line : new String(file, StandardCharsets.UTF_8).lines().toList()) {
      String[] columns = line.strip().split(":", 3);
      if (columns.length >= 2 && !line.startsWith("#") && users.size() < MAX_USERS) {
        users.putIfAbsent(columns[0], columns[1]);
      }
    }
    return users;
  }

  private static Map<String, String> fromMap(Secret secret) {
    Map<String, String> users = new HashMap<>();
    for (String user : secret.data().keySet()) {
      byte[] hash = secret.decoded(user);
      if (hash != null && users.size() < MAX_USERS) {
        users.put(user, new String(hash, StandardCharsets.UTF_8).strip());
      }
    }
    return users;
  }
}
