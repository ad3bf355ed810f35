// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import org.jspecify.annotations.Nullable;

/** Reads field lines (RFC 9112 section 5) strictly. */
final class FieldParser {
  private FieldParser() {}

  /**
   * Adds the field lines between two offsets of the bytes that back {@code fields}.
   *
   * @param dropUnderscores leaves out fields with an underscore in the name, which some backends
   *     cannot tell from a hyphen
   * @return null, or what is wrong
   */
  static @Nullable String parse(
      byte[] data, int from, int to, HttpFields fields, boolean dropUnderscores) {
    int at = from;
    while (at < to) {
      int end = at;
      while (data[end] != '\r') {
        if (!Octets.isFieldValue(data[end])) {
          return "control character in a header field";
        }
        end++;
      }
      if (data[end + 1] != '\n') {
        return "bare CR in a header field";
      }
      int colon = at;
      boolean underscore = false;
      while (colon < end && Octets.isToken(data[colon])) {
        underscore |= data[colon] == '_';
        colon++;
      }
      if (colon == at) {
        return data[at] == ' ' || data[at] == '\t'
            ? "folded header field"
            : "header field without a name";
      }
      if (colon == end || data[colon] != ':') {
        return "malformed header field name";
      }
      if (!underscore || !dropUnderscores) {
        int valueStart = colon + 1;
        int valueEnd = end;
        while (valueStart < valueEnd && isBlank(data[valueStart])) {
          valueStart++;
        }
        while (valueEnd > valueStart && isBlank(data[valueEnd - 1])) {
          valueEnd--;
        }
        fields.addSpan(at, colon, valueStart, valueEnd, Field.of(data, at, colon - at));
      }
      at = end + 2;
    }
    return null;
  }

  private static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }
}
