// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.HttpFields;
import java.util.List;
import java.util.Locale;

/**
 * Changes of header fields: some are set, then some added, then some removed. Fields that frame a
 * message or belong to a connection are left alone.
 *
 * @param set replaces every value of the name
 * @param add keeps the values that are there
 * @param remove names
 */
public record HeaderChanges(List<Header> set, List<Header> add, List<String> remove) {
  public HeaderChanges {
    set = List.copyOf(set);
    add = List.copyOf(add);
    remove = List.copyOf(remove);
  }

  /** A header field. */
  public record Header(String name, String value) {}

  /** Whether the text may be the name of a field (RFC 9110 section 5.1). */
  public static boolean isName(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letterOrDigit =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letterOrDigit && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Whether the text may be the value of a field: printable ASCII, spaces and tabs inside. */
  public static boolean isValue(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c > '~') {
        return false;
      }
    }
    return text.equals(text.strip());
  }

  /** Changes the fields. */
  void applyTo(HttpFields fields) {
    for (Header header : set) {
      if (isChangeable(header.name)) {
        fields.removeNamed(header.name.toLowerCase(Locale.ROOT));
        fields.add(header.name, header.value);
      }
    }
    for (Header header : add) {
      if (isChangeable(header.name)) {
        fields.add(header.name, header.value);
      }
    }
    for (String name : remove) {
      if (isChangeable(name)) {
        fields.removeNamed(name.toLowerCase(Locale.ROOT));
      }
    }
  }

  private static boolean isChangeable(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "host",
          "content-length",
          "transfer-encoding",
          "connection",
          "upgrade",
          "te",
          "trailer",
          "keep-alive",
          "proxy-connection" ->
          false;
      default -> true;
    };
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    for (Header header : set) {
      text.append(text.isEmpty() ? "" : ", ").append("sets ").append(header.name);
    }
    for (Header header : add) {
      text.append(text.isEmpty() ? "" : ", ").append("adds ").append(header.name);
    }
    for (String name : remove) {
      text.append(text.isEmpty() ? "" : ", ").append("removes ").append(name);
    }
    return text.toString();
  }
}
