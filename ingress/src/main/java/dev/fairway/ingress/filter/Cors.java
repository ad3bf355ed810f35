// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Cross-Origin Resource Sharing as the Gateway API has it: preflight requests are answered here,
 * responses to allowed origins get the fields that browsers ask for, those of the backend are
 * replaced. An origin that is not allowed gets a response without any of them.
 *
 * @param origins exact, with {@code *} for any number of labels at the start of the host, or "*"
 * @param methods "*" for all
 * @param headers "*" for all
 * @param exposed header fields of responses that scripts may read
 * @param maxAge seconds that a preflight is valid for
 */
public record Cors(
    List<String> origins,
    boolean credentials,
    List<String> methods,
    List<String> headers,
    List<String> exposed,
    int maxAge)
    implements RouteFilter {
  private static final String PREFIX = "access-control-";
  private static final int OK = 200;

  public Cors {
    origins = List.copyOf(origins);
    methods = List.copyOf(methods);
    headers = List.copyOf(headers);
    exposed = List.copyOf(exposed);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    HttpFields fields = request.head().fields();
    String origin = fields.get("origin");
    if (origin == null) {
      return Outcome.CONTINUE;
    }
    boolean allowed = allows(origin);
    String method = fields.get("access-control-request-method");
    if (request.head().method().equals("OPTIONS") && method != null) {
      String asked = fields.combined("access-control-request-headers");
      request.answer(
          OK,
          "preflight",
          answer -> {
            answer.add("Vary", "Origin");
            if (allowed) {
              addPreflight(answer, origin, method, asked);
            }
          });
      return Outcome.ANSWERED;
    }
    request.onResponse(response -> {
      removeAll(response.fields());
      if (allowed) {
        addActual(response.fields(), origin);
      }
      response.fields().add("Vary", "Origin");
    });
    return Outcome.CONTINUE;
  }

  private void addPreflight(
      HttpFields answer, String origin, String method, @Nullable String asked) {
    addActual(answer, origin);
    if (methods.contains("*")) {
      answer.add("Access-Control-Allow-Methods", credentials ? method : "*");
    } else if (!methods.isEmpty()) {
      answer.add("Access-Control-Allow-Methods", String.join(", ", methods));
    }
    if (headers.contains("*")) {
      if (asked != null) {
        answer.add("Access-Control-Allow-Headers", credentials ? asked : "*");
      }
    } else if (!headers.isEmpty()) {
      answer.add("Access-Control-Allow-Headers", String.join(", ", headers));
    }
    answer.add("Access-Control-Max-Age", Integer.toString(maxAge));
  }

  private void addActual(HttpFields fields, String origin) {
    boolean any = origins.contains("*") && !credentials;
    fields.add("Access-Control-Allow-Origin", any ? "*" : origin);
    if (credentials) {
      fields.add("Access-Control-Allow-Credentials", "true");
    }
    if (!exposed.isEmpty() && !(credentials && exposed.contains("*"))) {
      fields.add("Access-Control-Expose-Headers", String.join(", ", exposed));
    }
  }

  private static void removeAll(HttpFields fields) {
    for (int i = fields.size() - 1; i >= 0; i--) {
      if (fields.name(i).toLowerCase(Locale.ROOT).startsWith(PREFIX)) {
        fields.remove(i);
      }
    }
  }

  private boolean allows(String origin) {
    for (String allowed : origins) {
      if (allowed.equals("*") || matches(allowed, origin)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String allowed, String origin) {
    String pattern = withoutUsualPort(allowed.toLowerCase(Locale.ROOT));
    String text = withoutUsualPort(origin.toLowerCase(Locale.ROOT));
    int star = pattern.indexOf('*');
    if (star < 0) {
      return pattern.equals(text);
    }
    String before = pattern.substring(0, star);
    String after = pattern.substring(star + 1);
    return text.length() > before.length() + after.length()
        && text.startsWith(before)
        && text.endsWith(after)
        && isLabels(text, before.length(), text.length() - after.length());
  }

  /** Whether the region holds nothing but characters of host names. */
  private static boolean isLabels(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!letterOrDigit && c != '-' && c != '.') {
        return false;
      }
    }
    return true;
  }

  private static String withoutUsualPort(String origin) {
    if (origin.startsWith("https://") && origin.endsWith(":443")) {
      return origin.substring(0, origin.length() - 4);
    }
    return origin.startsWith("http://") && origin.endsWith(":80")
        ? origin.substring(0, origin.length() - 3)
        : origin;
  }

  @Override
  public String describe() {
    return "CORS for " + origins + (credentials ? " with credentials" : "");
  }
}
