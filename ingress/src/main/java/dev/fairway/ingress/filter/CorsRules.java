// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cross-origin requests (the Fetch standard's CORS protocol) as ingress-nginx serves them:
 * preflights of known origins are answered here, every other response to them is marked.
 *
 * @param origins none for every origin
 * @param methods for Access-Control-Allow-Methods
 * @param headers for Access-Control-Allow-Headers
 * @param expose for Access-Control-Expose-Headers, or ""
 * @param maxAge seconds that browsers may keep the answer to a preflight
 */
public record CorsRules(
    List<OriginPattern> origins,
    String methods,
    String headers,
    String expose,
    boolean credentials,
    int maxAge)
    implements RouteFilter {
  private static final String PREFIX = "access-control-";

  public CorsRules {
    origins = List.copyOf(origins);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    String allowed = allowedOrigin(request.head().fields().get("origin"));
    boolean preflight = request.head().method().equals("OPTIONS");
    if (allowed == null) {
      request.onResponse(response -> vary(response.fields()));
      return Outcome.CONTINUE;
    }
    request.onResponse(response -> mark(response.fields(), allowed, preflight));
    if (!preflight) {
      return Outcome.CONTINUE;
    }
    request.answer(204, "");
    return Outcome.ANSWERED;
  }

  private @Nullable String allowedOrigin(@Nullable String origin) {
    if (origins.isEmpty()) {
      return "*";
    }
    if (origin == null) {
      return null;
    }
    for (int i = 0; i < origins.size(); i++) {
      if (origins.get(i).matches(origin)) {
        return origin;
      }
    }
    return null;
  }

  private void mark(HttpFields fields, String allowed, boolean preflight) {
    for (int i = fields.size() - 1; i >= 0; i--) {
      String name = fields.name(i);
      if (name.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
        fields.remove(i);
      }
    }
    fields.add("Access-Control-Allow-Origin", allowed);
    if (credentials) {
      fields.add("Access-Control-Allow-Credentials", "true");
    }
    fields.add("Access-Control-Allow-Methods", methods);
    fields.add("Access-Control-Allow-Headers", headers);
    if (!expose.isEmpty() && !preflight) {
      fields.add("Access-Control-Expose-Headers", expose);
    }
    fields.add("Access-Control-Max-Age", Integer.toString(maxAge));
    if (!allowed.equals("*")) {
      vary(fields);
    }
  }

  /** Caches must not give the response to another origin. */
  private static void vary(HttpFields fields) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.OTHER
          && fields.hasName(i, "vary")
          && (fields.value(i).equals("*") || fields.value(i).equalsIgnoreCase("origin"))) {
        return;
      }
    }
    fields.add("Vary", "Origin");
  }

  @Override
  public String describe() {
    return "cross-origin requests are allowed from "
        + (origins.isEmpty() ? "everywhere" : origins.toString())
        + ", preflights are answered with 204";
  }
}
