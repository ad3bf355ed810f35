// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.ClientScheme;
import dev.fairway.ingress.route.Cookies;
import dev.fairway.ingress.route.RequestContext;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client carries by which its requests stay at one endpoint: {@code <endpoint>|<backend>} or
 * {@code <endpoint>.<begin>|<backend>}, the begin in hexadecimal seconds. There is no other state:
 * every replica of the gateway, now and after a restart, reads it alike. A client that forges one
 * only chooses where its own requests go.
 *
 * @param cookie the attributes of the cookie; where there is none, a header field carries the token
 * @param name of the cookie or header field
 * @param lifetime seconds after which a session has ended, 0 for none
 */
public record SessionToken(@Nullable SessionCookie cookie, String name, long lifetime) {
  private static final int MAX_LENGTH = 128;

  /** A session as a client told it. */
  record Session(String endpoint, String backend) {}

  /** The session of a request; null where there is none, or none any more. */
  @Nullable Session read(HttpFields fields, Instant now) {
    String text = cookie == null ? fields.get(name) : Cookies.find(fields, name);
    int bar = text == null ? -1 : text.indexOf('|');
    if (text == null || bar < 1 || text.length() > MAX_LENGTH) {
      return null;
    }
    int dot = text.indexOf('.');
    boolean dated = dot > 0 && dot < bar;
    String endpoint = text.substring(0, dated ? dot : bar);
    if (!isHex(endpoint) || !holds(dated ? text.substring(dot + 1, bar) : "", now)) {
      return null;
    }
    return new Session(endpoint, text.substring(bar + 1));
  }

  private boolean holds(String begin, Instant now) {
    if (lifetime == 0) {
      return true;
    }
    if (begin.isEmpty() || begin.length() > 15 || !isHex(begin)) {
      return false;
    }
    long age = now.getEpochSecond() - Long.parseLong(begin, 16);
    return age >= 0 && age < lifetime;
  }

  /** Begins a session: tells the client the endpoint that answers it. */
  void write(Session session, RequestContext request, HttpFields response, Instant now) {
    String begin = lifetime == 0 ? "" : "." + Long.toHexString(now.getEpochSecond());
    String text = session.endpoint + begin + "|" + session.backend;
    if (cookie == null) {
      response.removeNamed(name.toLowerCase(Locale.ROOT));
      response.add(name, text);
      return;
    }
    String agent = request.head().fields().get("user-agent");
    boolean https = ClientScheme.isHttps(request);
    response.add("set-cookie", cookie.write(text, https, agent == null ? "" : agent, now));
  }

  private static boolean isHex(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  @Override
  public String toString() {
    return (cookie == null ? "the field " : "the cookie ") + name;
  }
}
