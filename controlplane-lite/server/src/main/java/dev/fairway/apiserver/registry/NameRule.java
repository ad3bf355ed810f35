// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The syntax of object names, with the messages that Kubernetes gives. */
public enum NameRule {
  /** RFC 1123 subdomain, at most 253 characters: most kinds. */
  SUBDOMAIN(
      "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
      253,
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
          + " '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex"
          + " used for validation is"
          + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"),
  /** RFC 1123 label, at most 63 characters: namespaces. */
  LABEL(
      "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
      63,
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
          + " must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc',"
          + " regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"),
  /** RFC 1035 label, at most 63 characters: services. */
  DNS_1035_LABEL(
      "[a-z]([-a-z0-9]*[a-z0-9])?",
      63,
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
          + " alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or"
          + " 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')");

  private final Pattern pattern;
  private final int maxLength;
  private final String message;

  NameRule(String regex, int maxLength, String message) {
    this.pattern = Pattern.compile(regex);
    this.maxLength = maxLength;
    this.message = message;
  }

  public int maxLength() {
    return maxLength;
  }

  /** Null if the name is good, else what is wrong with it in Kubernetes' words. */
  public @Nullable String problem(String name) {
    if (name.length() > maxLength) {
      return "must be no more than " + maxLength + " characters";
    }
    return pattern.matcher(name).matches() ? null : message;
  }
}
