// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.filter.CookieHash;
import dev.fairway.ingress.filter.HeaderChanges;
import dev.fairway.ingress.filter.SessionBackend;
import dev.fairway.ingress.filter.SessionCookie;
import dev.fairway.ingress.filter.SessionEndpoint;
import dev.fairway.ingress.filter.SessionToken;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.kube.api.gateway.SessionPersistence;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Makes the sessions of a rule stay where they began (GEP-1619). */
final class SessionCompiler {
  /** A rule's steps and action with those of its sessions. */
  record Result(List<RouteFilter> steps, RouteAction action) {}

  private static final Pattern COOKIE_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_|~-]{1,128}");
  private static final Pattern COOKIE_PATH = Pattern.compile("/[!-:<-~]*");

  private final String fallbackName;
  private final InstantSource clock;

  /**
   * @param route for the names of sessions that have none of their own
   */
  SessionCompiler(String route, InstantSource clock) {
    fallbackName = "Fairway-" + CookieHash.of(route);
    this.clock = clock;
  }

  /**
   * Adds what sessions need.
   *
   * @throws InvalidRuleException where the settings are not valid
   */
  Result add(
      SessionPersistence settings, RouteMatch match, List<RouteFilter> steps, RouteAction action)
      throws InvalidRuleException {
    SessionToken token = token(settings, match);
    if (!(action instanceof RouteAction.Forward forward)) {
      return new Result(steps, action);
    }
    List<BackendRef> targets = new ArrayList<>();
    Map<String, BackendRef> byName = new HashMap<>();
    for (BackendRef backend : forward.backends()) {
      if (!(backend.target() instanceof BackendRef.Service service)) {
        targets.add(backend);
        continue;
      }
      String name = CookieHash.of(service.upstream().port().toString());
      List<RouteFilter> ofBackend = new ArrayList<>(backend.filters());
      ofBackend.add(new SessionEndpoint(token, name, clock));
      BackendRef sticky = new BackendRef(backend.target(), backend.weight(), ofBackend);
      targets.add(sticky);
      byName.putIfAbsent(name, sticky);
    }
    List<RouteFilter> all = new ArrayList<>(steps);
    if (targets.size() > 1) {
      all.add(new SessionBackend(token, byName, clock));
    }
    return new Result(all, new RouteAction.Forward(targets));
  }

  private SessionToken token(SessionPersistence settings, RouteMatch match)
      throws InvalidRuleException {
    String type = settings.type() == null ? "Cookie" : settings.type();
    String asked = settings.sessionName();
    String name = asked == null || asked.isEmpty() ? fallbackName : asked;
    long lifetime = lifetime(settings);
    return switch (type) {
      case "Cookie" -> {
        require(
            COOKIE_NAME.matcher(name).matches(), "a session has a name that no cookie can have");
        yield new SessionToken(cookie(settings, name, match, lifetime), name, lifetime);
      }
      case "Header" -> {
        require(
            HeaderChanges.isName(name) && name.indexOf('_') < 0,
            "a session has a name that no header field can have");
        require(settings.cookieConfig() == null, "a session by a header field has no cookie");
        yield new SessionToken(null, name, lifetime);
      }
      default ->
          throw new InvalidRuleException("UnsupportedValue", "unknown type of session persistence");
    };
  }

  private static SessionCookie cookie(
      SessionPersistence settings, String name, RouteMatch match, long lifetime)
      throws InvalidRuleException {
    SessionPersistence.CookieConfig config = settings.cookieConfig();
    boolean permanent = config != null && "Permanent".equals(config.lifetimeType());
    require(!permanent || lifetime > 0, "a permanent cookie needs an absoluteTimeout");
    boolean literal =
        match.pathType() != PathType.REGEX && COOKIE_PATH.matcher(match.path()).matches();
    return new SessionCookie(
        name,
        literal ? match.path() : "/",
        "",
        0,
        permanent ? lifetime : 0,
        SessionCookie.Secure.WHERE_HTTPS,
        "",
        false,
        false);
  }

  /** In seconds, at least one; 0 where sessions do not end. */
  private static long lifetime(SessionPersistence settings) throws InvalidRuleException {
    String text = settings.absoluteTimeout();
    Duration duration = text == null ? Duration.ZERO : GatewayDuration.parse(text);
    if (duration == null) {
      throw new InvalidRuleException("UnsupportedValue", "an absoluteTimeout is not a duration");
    }
    return duration.isZero() ? 0 : Math.max(1, duration.toSeconds());
  }

  private static void require(boolean valid, String problem) throws InvalidRuleException {
    if (!valid) {
      throw new InvalidRuleException("UnsupportedValue", problem);
    }
  }
}
