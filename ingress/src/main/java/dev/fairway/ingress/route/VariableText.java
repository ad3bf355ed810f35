// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A text with variables as nginx names them, compiled once: {@code $host}, {@code $request_uri},
 * {@code $arg_x}, {@code $cookie_x}, {@code $http_x} and so on.
 *
 * @param source the text as it was written
 */
public record VariableText(String source, List<Part> parts) {
  /** A piece of the text. */
  public sealed interface Part {
    /** What stands there for a request. */
    String render(RequestContext request);
  }

  /** What stands for itself. */
  public record Literal(String text) implements Part {
    @Override
    public String render(RequestContext request) {
      return text;
    }
  }

  /** What a request fills in. */
  public record Variable(Name name, String argument) implements Part {
    @Override
    public String render(RequestContext request) {
      return value(this, request);
    }
  }

  /** What can be filled in. */
  public enum Name {
    ARG,
    ARGS,
    COOKIE,
    ESCAPED_REQUEST_URI,
    HOST,
    HTTP,
    BEST_HTTP_HOST,
    HTTP_HOST,
    HTTPS,
    IS_ARGS,
    REMOTE_ADDR,
    REMOTE_USER,
    REQUEST_METHOD,
    REQUEST_URI,
    SCHEME,
    SERVER_PORT,
    URI
  }

  public VariableText {
    parts = List.copyOf(parts);
  }

  /**
   * Compiles a text.
   *
   * @throws IllegalArgumentException where it has a variable that is not known
   */
  public static VariableText compile(String text) {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.charAt(at) != '$') {
        literal.append(text.charAt(at++));
        continue;
      }
      boolean braces = at + 1 < text.length() && text.charAt(at + 1) == '{';
      int from = at + (braces ? 2 : 1);
      int to = from;
      while (to < text.length() && isNameCharacter(text.charAt(to))) {
        to++;
      }
      if (to == from || (braces && (to == text.length() || text.charAt(to) != '}'))) {
        throw new IllegalArgumentException("a $ without a variable");
      }
      if (!literal.isEmpty()) {
        parts.add(new Literal(literal.toString()));
        literal.setLength(0);
      }
      parts.add(variable(text.substring(from, to)));
      at = braces ? to + 1 : to;
    }
    if (!literal.isEmpty()) {
      parts.add(new Literal(literal.toString()));
    }
    return new VariableText(text, parts);
  }

  /** The text for a request. */
  public String render(RequestContext request) {
    if (parts.size() == 1 && parts.getFirst() instanceof Literal literal) {
      return literal.text;
    }
    StringBuilder out = new StringBuilder();
    for (Part part : parts) {
      out.append(part.render(request));
    }
    return out.toString();
  }

  /** The text for a request, with what must not stand in a URI percent-encoded. */
  public String renderUri(RequestContext request) {
    return UriText.keepValid(render(request));
  }

  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  private static Variable variable(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    Name found =
        switch (lower) {
          case "args", "query_string" -> Name.ARGS;
          case "escaped_request_uri" -> Name.ESCAPED_REQUEST_URI;
          case "host", "server_name" -> Name.HOST;
          case "best_http_host" -> Name.BEST_HTTP_HOST;
          case "http_host", "this_host" -> Name.HTTP_HOST;
          case "https" -> Name.HTTPS;
          case "is_args" -> Name.IS_ARGS;
          case "remote_addr", "binary_remote_addr", "the_real_ip" -> Name.REMOTE_ADDR;
          case "remote_user" -> Name.REMOTE_USER;
          case "request_method" -> Name.REQUEST_METHOD;
          case "request_uri" -> Name.REQUEST_URI;
          case "scheme", "pass_access_scheme" -> Name.SCHEME;
          case "server_port", "pass_server_port" -> Name.SERVER_PORT;
          case "uri", "document_uri" -> Name.URI;
          default -> null;
        };
    if (found != null) {
      return new Variable(found, "");
    }
    if (lower.startsWith("http_") && lower.length() > 5) {
      return new Variable(Name.HTTP, lower.substring(5).replace('_', '-'));
    }
    if (lower.startsWith("cookie_") && lower.length() > 7) {
      return new Variable(Name.COOKIE, name.substring(7));
    }
    if (lower.startsWith("arg_") && lower.length() > 4) {
      return new Variable(Name.ARG, name.substring(4));
    }
    throw new IllegalArgumentException("the variable $" + name + " is not known");
  }

  private static String value(Variable variable, RequestContext request) {
    RequestTarget target = request.target();
    String query = target.query();
    return switch (variable.name) {
      case ARG -> orEmpty(target.queryParameter(variable.argument));
      case ARGS -> query.isEmpty() ? "" : query.substring(1);
      case COOKIE -> orEmpty(Cookies.find(request.head().fields(), variable.argument));
      case ESCAPED_REQUEST_URI -> UriText.escape(target.pathAndQuery());
      case HOST -> target.host();
      case HTTP -> orEmpty(request.head().fields().combined(variable.argument));
      case BEST_HTTP_HOST -> ClientAuthority.of(request);
      case HTTP_HOST -> target.authority();
      case HTTPS -> ClientScheme.isHttps(request) ? "on" : "";
      case IS_ARGS -> query.isEmpty() ? "" : "?";
      case REMOTE_ADDR -> ClientAddress.text(request);
      case REMOTE_USER -> user(request);
      case REQUEST_METHOD -> request.head().method();
      case REQUEST_URI -> target.pathAndQuery();
      case SCHEME -> ClientScheme.of(request);
      case SERVER_PORT -> Integer.toString(request.client().port());
      case URI -> target.path();
    };
  }

  private static String user(RequestContext request) {
    Credentials given = Credentials.parse(request.head().fields().get(Field.AUTHORIZATION));
    return given == null ? "" : given.user();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
