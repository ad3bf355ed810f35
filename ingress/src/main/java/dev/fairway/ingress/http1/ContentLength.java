// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

/** The Content-Length field. */
final class ContentLength {
  /** The value is not one number of at most 18 digits. */
  static final long INVALID = -2;

  private ContentLength() {}

  static long parse(String value) {
    if (value.isEmpty() || value.length() > 18) {
      return INVALID;
    }
    long length = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return INVALID;
      }
      length = length * 10 + (c - '0');
    }
    return length;
  }
}
