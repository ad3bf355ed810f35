// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.NameRule;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Syntax of names and values in Kubernetes fields. Each check returns null or what is wrong, in
 * Kubernetes' words.
 */
final class Syntax {
  private static final Pattern QUALIFIED_PART =
      Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
  private static final Pattern WILDCARD =
      Pattern.compile("\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern PORT_NAME = Pattern.compile("[-a-z0-9]+");
  private static final Pattern KEY = Pattern.compile("[-._a-zA-Z0-9]+");
  private static final Pattern ENV_NAME = Pattern.compile("[ -<>-~]+");
  private static final String PREFIX = "prefix part ";
  private static final String NAME = "name part ";

  private Syntax() {}

  static @Nullable String label(String value) {
    return NameRule.LABEL.problem(value);
  }

  static @Nullable String subdomain(String value) {
    return NameRule.SUBDOMAIN.problem(value);
  }

  static @Nullable String dns1035(String value) {
    return NameRule.DNS_1035_LABEL.problem(value);
  }

  static @Nullable String wildcardSubdomain(String value) {
    if (value.length() > 253) {
      return "must be no more than 253 characters";
    }
    return WILDCARD.matcher(value).matches()
        ? null
        : "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain,"
            + " which must consist of lower case alphanumeric characters, '-' or '.' and end with an"
            + " alphanumeric character (e.g. '*.example.com', regex used for validation is"
            + " '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  }

  /** A label key: name, or prefix/name. */
  static @Nullable String qualifiedName(String value) {
    String[] parts = value.split("/", -1);
    if (parts.length > 2) {
      return "a valid label key "
          + qualifiedText()
          + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    }
    String name = parts[parts.length - 1];
    if (parts.length == 2) {
      if (parts[0].isEmpty()) {
        return PREFIX + "must be non-empty";
      }
      String problem = subdomain(parts[0]);
      if (problem != null) {
        return PREFIX + problem;
      }
    }
    if (name.isEmpty()) {
      return NAME + "must be non-empty";
    }
    if (name.length() > 63) {
      return NAME + "must be no more than 63 characters";
    }
    return QUALIFIED_PART.matcher(name).matches() ? null : NAME + qualifiedText();
  }

  private static String qualifiedText() {
    return "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
        + " alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for"
        + " validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  }

  static @Nullable String labelValue(String value) {
    if (value.length() > 63) {
      return "must be no more than 63 characters";
    }
    return value.isEmpty() || QUALIFIED_PART.matcher(value).matches()
        ? null
        : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or"
            + " '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or"
            + " 'my_value',  or '12345', regex used for validation is"
            + " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  }

  /** A label map such as a selector. */
  static void labels(Problems problems, String path, JsonNode labels) {
    for (Map.Entry<String, JsonNode> entry : labels.properties()) {
      problems.syntax(path, entry.getKey(), qualifiedName(entry.getKey()));
      String value = entry.getValue().asString("");
      problems.syntax(path, value, labelValue(value));
    }
  }

  /** IANA service name: the name of a container port, or a target port. */
  static void portName(Problems problems, String path, String value) {
    if (value.length() > 15) {
      problems.invalid(path, value, "must be no more than 15 characters");
    }
    if (!PORT_NAME.matcher(value).matches()) {
      problems.invalid(
          path, value, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if (!Pattern.compile("[a-z]").matcher(value).find()) {
      problems.invalid(path, value, "must contain at least one letter (a-z)");
    }
    if (value.contains("--")) {
      problems.invalid(path, value, "must not contain consecutive hyphens");
    }
    if (!value.isEmpty() && (value.startsWith("-") || value.endsWith("-"))) {
      problems.invalid(path, value, "must not begin or end with a hyphen");
    }
  }

  static void portNumber(Problems problems, String path, long port) {
    if (port < 1 || port > 65535) {
      problems.invalid(path, port, "must be between 1 and 65535, inclusive");
    }
  }

  /** A key of a ConfigMap or Secret. */
  static @Nullable String configKey(String key) {
    if (key.length() > 253) {
      return "must be no more than 253 characters";
    }
    if (!KEY.matcher(key).matches()) {
      return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g."
          + " 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is"
          + " '[-._a-zA-Z0-9]+')";
    }
    if (key.equals(".")) {
      return "must not be '.'";
    }
    if (key.equals("..")) {
      return "must not be '..'";
    }
    return key.startsWith("..") ? "must not start with '..'" : null;
  }

  static @Nullable String envName(String name) {
    return ENV_NAME.matcher(name).matches()
        ? null
        : "a valid environment variable name must consist only of printable ASCII characters other than"
            + " '='";
  }
}
