// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

/** The path of ACME's HTTP-01 challenge (RFC 8555 section 8.3), which must be open to everybody. */
final class AcmeChallenge {
  private static final String PREFIX = "/.well-known/acme-challenge/";
  private static final int MAX_TOKEN = 256;

  private AcmeChallenge() {}

  /** Whether a path is that of a challenge: one token of base64url below the known prefix. */
  static boolean isPath(String path) {
    if (!path.startsWith(PREFIX)
        || path.length() == PREFIX.length()
        || path.length() > PREFIX.length() + MAX_TOKEN) {
      return false;
    }
    for (int i = PREFIX.length(); i < path.length(); i++) {
      char c = path.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }
}
