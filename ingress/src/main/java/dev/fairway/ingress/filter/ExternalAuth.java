// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.SubRequest;
import dev.fairway.ingress.route.SubResponse;
import dev.fairway.ingress.route.UriText;
import dev.fairway.ingress.route.VariableText;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts every request to another service before it may pass. Only a status from 200 to 299 lets it
 * pass: no answer, or one that is not understood, is no permission.
 *
 * @param signin where those are sent that are not known, or null to answer them 401
 * @param signinParameter name of the parameter with the URL they came for
 * @param alwaysSetsCookies whether cookies of the service also go with responses that are errors
 */
public record ExternalAuth(
    AuthService service,
    @Nullable VariableText signin,
    String signinParameter,
    boolean alwaysSetsCookies,
    AuthCache cache)
    implements AccessCheck {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final List<String> OURS =
      List.of("x-original-url", "x-original-method", "x-sent-from", "x-auth-request-redirect");

  @Override
  public void decide(RequestContext request, Verdict verdict) {
    String key = cacheKey(request);
    AuthAnswer known = key.isEmpty() ? null : cache.get(key, request.nanoTime());
    if (known != null) {
      decided(known, request, verdict);
      return;
    }
    request.ask(
        question(request),
        response -> {
          AuthAnswer answer = AuthAnswer.of(response, service.passed());
          Duration lifetime = service.lifetimes().get(answer.status());
          if (!key.isEmpty() && lifetime != null) {
            cache.put(key, answer, request.nanoTime(), lifetime.toNanos());
          }
          decided(answer, request, verdict);
        });
  }

  /** What the answer is kept by; the same key of another place is another one. */
  private String cacheKey(RequestContext request) {
    VariableText key = service.cacheKey();
    return key == null
        ? ""
        : request.route().origin()
            + ' '
            + request.target().host()
            + ' '
            + request.route().match().path()
            + ' '
            + key.render(request);
  }

  private SubRequest question(RequestContext request) {
    HttpFields asked = request.head().fields();
    HttpFields fields = new HttpFields();
    for (int i = 0; i < asked.size(); i++) {
      switch (asked.field(i)) {
        case HOST,
            CONTENT_LENGTH,
            TRANSFER_ENCODING,
            CONNECTION,
            UPGRADE,
            TE,
            TRAILER,
            EXPECT,
            HTTP2_SETTINGS -> {}
        default -> fields.add(asked.name(i), asked.value(i));
      }
    }
    OURS.forEach(fields::removeNamed);
    RequestTarget target = request.target();
    fields.add(
        "X-Original-URL",
        ClientScheme.of(request) + "://" + target.authority() + target.pathAndQuery());
    fields.add("X-Original-Method", request.head().method());
    fields.add("X-Sent-From", "fairway");
    fields.add("X-Auth-Request-Redirect", service.redirect().render(request));
    return new SubRequest(
        service.upstream(),
        service.method(),
        service.authority().render(request),
        service.target().renderUri(request),
        fields,
        TIMEOUT);
  }

  private void decided(AuthAnswer answer, RequestContext request, Verdict verdict) {
    int status = answer.status();
    if (status >= 200 && status < 300) {
      pass(answer, request);
      verdict.admit();
    } else if (status == 401) {
      verdict.refuse(() -> unknown(answer, request));
    } else if (status == 403) {
      verdict.refuse(() -> request.answer(403, "the authentication service refuses"));
    } else if (status == SubResponse.NOWHERE) {
      verdict.refuse(() -> request.answer(503, "there is no such authentication service"));
    } else {
      verdict.refuse(() -> request.answer(500, "the authentication service does not answer"));
    }
  }

  private void pass(AuthAnswer answer, RequestContext request) {
    HttpFields fields = request.head().fields();
    List<String> names = service.passed();
    for (int i = 0; i < names.size(); i++) {
      // What the client itself sent under such a name is never believed.
      fields.removeNamed(names.get(i));
      String value = answer.passed().get(i);
      if (value != null && !value.isEmpty()) {
        fields.add(names.get(i), value);
      }
    }
    if (!answer.cookies().isEmpty()) {
      request.onResponse(response -> {
        if (alwaysSetsCookies || response.status() < 400) {
          addCookies(answer, response.fields());
        }
      });
    }
  }

  private void unknown(AuthAnswer answer, RequestContext request) {
    VariableText page = signin;
    if (page == null) {
      request.answer(
          401,
          "authentication is required",
          fields -> {
            addCookies(answer, fields);
            if (!answer.challenge().isEmpty()) {
              fields.add("WWW-Authenticate", answer.challenge());
            }
          });
      return;
    }
    String location = signinLocation(page, request);
    request.answer(
        302,
        "sign in first",
        fields -> {
          addCookies(answer, fields);
          fields.add(Field.LOCATION, location);
        });
  }

  private String signinLocation(VariableText page, RequestContext request) {
    String url = page.renderUri(request);
    if (page.source().contains(signinParameter + "=")) {
      return url;
    }
    RequestTarget target = request.target();
    return url
        + (url.indexOf('?') < 0 ? "?" : "&")
        + signinParameter
        + "="
        + ClientScheme.of(request)
        + "://"
        + target.authority()
        + UriText.escape(target.pathAndQuery());
  }

  private static void addCookies(AuthAnswer answer, HttpFields fields) {
    answer.cookies().forEach(cookie -> fields.add(Field.SET_COOKIE, cookie));
  }

  @Override
  public String describe() {
    return "the service at "
        + service.authority().source()
        + service.target().source()
        + " decides"
        + (signin == null ? "" : ", those it does not know go to " + signin.source());
  }
}
