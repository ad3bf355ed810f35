// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.Cookies;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the requests of a browser at one endpoint by a cookie {@code <endpoint or key>|<backend>}.
 * There is no other state: every replica of the gateway, now and after a restart, reads it alike.
 *
 * @param backend which backend the cookie is of, lower-case letters and digits
 * @param persistent whether the cookie names the endpoint, which never moves while it lives; else
 *     it has a key, and sessions move when endpoints come
 * @param changesOnFailure whether a browser stays where another endpoint answered after a failure
 * @param keys fresh keys
 */
public record CookieAffinity(
    SessionCookie cookie,
    String backend,
    boolean persistent,
    boolean changesOnFailure,
    RequestIds keys,
    InstantSource clock)
    implements RouteFilter {
  private static final int MAX_KEY = 64;

  @Override
  public Outcome onRequest(RequestContext request) {
    String kept = keyOf(Cookies.find(request.head().fields(), cookie.name()), backend);
    if (persistent) {
      persist(kept, request);
    } else {
      balance(kept, request);
    }
    return Outcome.CONTINUE;
  }

  private void persist(@Nullable String kept, RequestContext request) {
    if (kept != null) {
      request.preferEndpoint(kept);
    }
    request.onResponse(response -> {
      String answered = request.endpoint();
      boolean failed = request.attempts() > 1;
      if (answered != null
          && !answered.equals(kept)
          && (kept == null || !failed || changesOnFailure)) {
        set(answered, request, response);
      }
    });
  }

  private void balance(@Nullable String kept, RequestContext request) {
    String key = kept == null ? keys.next() : kept;
    request.balanceBy(key);
    request.onResponse(response -> {
      boolean failed = request.attempts() > 1;
      if (request.endpoint() == null) {
        return;
      }
      if (failed && changesOnFailure) {
        set(keys.next(), request, response);
      } else if (kept == null) {
        set(key, request, response);
      }
    });
  }

  private void set(String key, RequestContext request, ResponseHead response) {
    HttpFields asked = request.head().fields();
    String agent = asked.get("user-agent");
    String value =
        cookie.write(
            key + "|" + backend,
            ClientScheme.isHttps(request),
            agent == null ? "" : agent,
            clock.instant());
    response.fields().add(Field.SET_COOKIE, value);
  }

  /** The endpoint or key in a cookie; null where it is none or of another backend. */
  static @Nullable String keyOf(@Nullable String value, String backend) {
    int bar = value == null ? -1 : value.indexOf('|');
    if (value == null || bar < 1 || bar > MAX_KEY || !value.substring(bar + 1).equals(backend)) {
      return null;
    }
    for (int i = 0; i < bar; i++) {
      char c = value.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return null;
      }
    }
    return value.substring(0, bar);
  }

  @Override
  public String describe() {
    return "sessions stay with "
        + (persistent ? "their endpoint" : "the endpoint of their key")
        + " by the cookie "
        + cookie.name();
  }
}
