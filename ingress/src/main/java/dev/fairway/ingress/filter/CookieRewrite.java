// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Changes domain and path of the cookies that the backend sets.
 *
 * @param domain lower case without a dot before it, "" to leave domains alone
 * @param newDomain instead of it
 * @param path what paths begin with, "" to leave paths alone
 * @param newPath instead of that beginning
 */
public record CookieRewrite(String domain, String newDomain, String path, String newPath)
    implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    request.onResponse(response -> rewrite(response.fields()));
    return Outcome.CONTINUE;
  }

  private void rewrite(HttpFields fields) {
    if (fields.count(Field.SET_COOKIE) == 0) {
      return;
    }
    List<String> cookies = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.SET_COOKIE) {
        cookies.add(rewrite(fields.value(i)));
      }
    }
    fields.remove(Field.SET_COOKIE);
    cookies.forEach(cookie -> fields.add(Field.SET_COOKIE, cookie));
  }

  private String rewrite(String cookie) {
    String[] parts = cookie.split(";", -1);
    StringBuilder out = new StringBuilder(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      String attribute = parts[i].strip();
      String lower = attribute.toLowerCase(Locale.ROOT);
      if (!domain.isEmpty() && lower.startsWith("domain=")) {
        String value = lower.substring(7);
        boolean same = domain.equals(value.startsWith(".") ? value.substring(1) : value);
        attribute = same ? "Domain=" + newDomain : attribute;
      } else if (!path.isEmpty() && lower.startsWith("path=")) {
        String value = attribute.substring(5);
        attribute =
            value.startsWith(path) ? "Path=" + newPath + value.substring(path.length()) : attribute;
      }
      out.append("; ").append(attribute);
    }
    return out.toString();
  }

  @Override
  public String describe() {
    return "cookies of the backend:"
        + (domain.isEmpty() ? "" : " domain " + domain + " becomes " + newDomain)
        + (path.isEmpty() ? "" : " path " + path + " becomes " + newPath);
  }
}
