// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import org.jspecify.annotations.Nullable;

/** Cookies of requests (RFC 6265 section 5.4). */
public final class Cookies {
  private Cookies() {}

  /** The value of the first cookie with a name, or null. */
  public static @Nullable String find(HttpFields fields, String name) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.COOKIE) {
        String found = find(fields.value(i), name);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private static @Nullable String find(String cookies, String name) {
    int at = 0;
    while (at < cookies.length()) {
      int end = cookies.indexOf(';', at);
      end = end < 0 ? cookies.length() : end;
      while (at < end && cookies.charAt(at) == ' ') {
        at++;
      }
      if (cookies.startsWith(name, at)
          && at + name.length() < end
          && cookies.charAt(at + name.length()) == '=') {
        return cookies.substring(at + name.length() + 1, end).strip();
      }
      at = end + 1;
    }
    return null;
  }
}
