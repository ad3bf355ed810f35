// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import com.google.re2j.Pattern;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Cookies;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of those who ask for it, by a header field or a cookie, to the canary of a
 * backend, and keeps away those who refuse. What they do not decide is left to the weights.
 *
 * @param header lower case, or "" for none
 * @param value that leads to the canary; "" where {@code always} and {@code never} decide
 * @param pattern for the value, where there is no exact one, or null
 * @param cookie with {@code always} or {@code never}, or "" for none
 * @param session the cookie that holds sessions to the side where they began, or "" for none
 * @param mainName what a session cookie calls the main backend
 * @param canaryName what a session cookie calls the canary
 */
public record CanarySplit(
    String header,
    String value,
    @Nullable Pattern pattern,
    String cookie,
    String session,
    String mainName,
    String canaryName,
    BackendRef main,
    BackendRef canary)
    implements RouteFilter {
  private static final String ALWAYS = "always";
  private static final String NEVER = "never";

  @Override
  public Outcome onRequest(RequestContext request) {
    if (!session.isEmpty() && stays(request)) {
      return Outcome.CONTINUE;
    }
    String asked = header.isEmpty() ? null : request.head().fields().combined(header);
    if (asked != null && decideByHeader(asked, request)) {
      return Outcome.CONTINUE;
    }
    String kept = cookie.isEmpty() ? null : Cookies.find(request.head().fields(), cookie);
    if (kept != null) {
      decide(kept, request);
    }
    return Outcome.CONTINUE;
  }

  /** Whether a session decides. */
  private boolean stays(RequestContext request) {
    String kept = Cookies.find(request.head().fields(), session);
    if (CookieAffinity.keyOf(kept, canaryName) != null) {
      request.forwardTo(canary);
      return true;
    }
    if (CookieAffinity.keyOf(kept, mainName) != null) {
      request.forwardTo(main);
      return true;
    }
    return false;
  }

  private boolean decideByHeader(String asked, RequestContext request) {
    Pattern expression = pattern;
    if (!value.isEmpty() || expression != null) {
      boolean matches =
          !value.isEmpty()
              ? value.equals(asked)
              : expression != null && expression.matcher(asked).find();
      if (matches) {
        request.forwardTo(canary);
      }
      return matches;
    }
    return decide(asked, request);
  }

  private boolean decide(String word, RequestContext request) {
    if (word.equals(ALWAYS)) {
      request.forwardTo(canary);
      return true;
    }
    if (word.equals(NEVER)) {
      request.forwardTo(main);
      return true;
    }
    return false;
  }

  @Override
  public String describe() {
    StringBuilder out = new StringBuilder("the canary ").append(canary.target());
    if (!header.isEmpty()) {
      out.append(" is chosen by the field ").append(header);
      out.append(value.isEmpty() ? "" : ": " + value);
      out.append(pattern == null ? "" : ": " + pattern);
    }
    return out.append(cookie.isEmpty() ? "" : ", by the cookie " + cookie).toString();
  }
}
