// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a request wants to go: host, normalised path and query. The path is normalised once, before
 * any route is matched, and exactly the normalised form is forwarded: percent-encoded unreserved
 * characters are decoded, dot segments removed. {@code %2F} and {@code %5C} stay as they are and
 * separate nothing; repeated slashes are kept.
 *
 * @param host lower case, without port and trailing dot; "" where the client named none
 * @param authority the host as the client wrote it, with its port
 * @param path starts with a slash
 * @param query with its leading question mark, or ""
 */
public record RequestTarget(String host, String authority, String path, String query) {

  /** The request line's target to forward: path and query. */
  public String pathAndQuery() {
    return query.isEmpty() ? path : path + query;
  }

  /**
   * Reads a request target (RFC 9112 section 3.2) in origin-form or absolute-form.
   *
   * @param target printable ASCII
   * @param hostField the Host field, or null where there is none (HTTP/1.0)
   * @return null where the target or the host is malformed, leaves the root by dot segments, or
   *     where an absolute target contradicts the Host field
   */
  public static @Nullable RequestTarget parse(String target, @Nullable String hostField) {
    String authority = hostField == null ? "" : hostField;
    String rest = target;
    if (!target.startsWith("/")) {
      int start = schemeEnd(target);
      if (start < 0) {
        return null;
      }
      int end = start;
      while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
        end++;
      }
      String named = target.substring(start, end);
      if (named.isEmpty() || (hostField != null && !named.equalsIgnoreCase(hostField))) {
        return null;
      }
      authority = named;
      rest = target.substring(end);
      if (!rest.startsWith("/")) {
        rest = "/" + rest;
      }
    }
    if (rest.indexOf('#') >= 0) {
      return null;
    }
    String host = HostName.normalize(authority);
    int question = rest.indexOf('?');
    String rawPath = question < 0 ? rest : rest.substring(0, question);
    String path = PathNormalizer.normalize(rawPath);
    if (host == null || path == null) {
      return null;
    }
    return new RequestTarget(host, authority, path, question < 0 ? "" : rest.substring(question));
  }

  /**
   * The first value of a query parameter, percent-decoded with "+" as a space, or null. What cannot
   * be decoded stays as it is.
   */
  public @Nullable String queryParameter(String name) {
    int from = 1;
    while (from < query.length()) {
      int end = query.indexOf('&', from);
      end = end < 0 ? query.length() : end;
      int equals = query.indexOf('=', from);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (name.equals(decode(query.substring(from, nameEnd)))) {
        return decode(query.substring(Math.min(nameEnd + 1, end), end));
      }
      from = end + 1;
    }
    return null;
  }

  private static String decode(String text) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
      return text;
    }
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException brokenEncoding) {
      return text;
    }
  }

  private static int schemeEnd(String target) {
    String lower = target.substring(0, Math.min(8, target.length())).toLowerCase(Locale.ROOT);
    if (lower.startsWith("http://")) {
      return 7;
    }
    return lower.startsWith("https://") ? 8 : -1;
  }
}
