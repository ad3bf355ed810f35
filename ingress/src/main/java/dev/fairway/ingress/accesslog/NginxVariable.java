// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.Cookies;
import dev.fairway.ingress.route.Credentials;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.tls.TlsSession;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a variable of nginx says of a request: those that a gateway can know. */
interface NginxVariable {
  /** The value, or null where there is none. */
  @Nullable String of(ServedRequest request, Instant end);

  /** The variable of a name without its dollar, or null where it is not known. */
  static @Nullable NginxVariable find(String name) {
    NginxVariable fixed = Table.BY_NAME.get(name);
    if (fixed != null) {
      return fixed;
    }
    if (name.startsWith("http_")) {
      String field = name.substring(5).toLowerCase(Locale.ROOT).replace('_', '-');
      return (request, _) -> Facts.field(request, field);
    }
    if (name.startsWith("arg_")) {
      String parameter = name.substring(4);
      return target(to -> to.queryParameter(parameter));
    }
    if (name.startsWith("cookie_")) {
      String cookie = name.substring(7);
      return head(head -> Cookies.find(head.fields(), cookie));
    }
    return null;
  }

  private static NginxVariable target(Function<RequestTarget, @Nullable String> value) {
    return (request, _) -> {
      RequestTarget target = request.target();
      return target == null ? null : value.apply(target);
    };
  }

  private static NginxVariable head(Function<RequestHead, @Nullable String> value) {
    return (request, _) -> {
      RequestHead head = request.head();
      return head == null ? null : value.apply(head);
    };
  }

  private static NginxVariable route(Function<Route, @Nullable String> value) {
    return (request, _) -> {
      Route route = request.route();
      return route == null ? null : value.apply(route);
    };
  }

  private static NginxVariable port(Function<BackendPort, @Nullable String> value) {
    return (request, _) -> {
      BackendPort port = Facts.port(request);
      return port == null ? null : value.apply(port);
    };
  }

  private static NginxVariable session(Function<TlsSession, @Nullable String> value) {
    return (request, _) -> {
      TlsSession session = request.client().session();
      return session == null ? null : value.apply(session);
    };
  }

  private static NginxVariable field(String name) {
    return (request, _) -> Facts.field(request, name);
  }

  /** What holds only where the backend has answered. */
  private static NginxVariable answer(Function<ServedRequest, @Nullable String> value) {
    return (request, _) ->
        request.endpoint() != null && request.why() == Why.BACKEND ? value.apply(request) : null;
  }

  private static String seconds(long nanos) {
    StringBuilder out = new StringBuilder(8);
    Facts.seconds(out, nanos);
    return out.toString();
  }

  private static String portText(BackendPort port) {
    return port.name().isEmpty() ? Integer.toString(port.number()) : port.name();
  }

  /** Those with a name of their own. */
  final class Table {
    private static final DateTimeFormatter LOCAL =
        DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter ISO =
        DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    static final Map<String, NginxVariable> BY_NAME = new HashMap<>();

    static {
      ofConnections();
      ofRequests();
      ofBackends();
    }

    private Table() {}

    private static void put(NginxVariable variable, String... names) {
      for (String name : names) {
        BY_NAME.put(name, variable);
      }
    }

    private static void ofConnections() {
      put(
          (request, _) -> request.client().address(),
          "remote_addr",
          "realip_remote_addr",
          "the_real_ip",
          "proxy_protocol_addr");
      put((_, end) -> LOCAL.format(end), "time_local");
      put((_, end) -> ISO.format(end), "time_iso8601");
      put((_, end) -> seconds(end.toEpochMilli() * 1_000_000), "msec");
      put((request, _) -> request.client().scheme(), "scheme");
      put((request, _) -> request.client().tls() ? "on" : "", "https");
      put((request, _) -> Integer.toString(request.client().port()), "server_port");
      put(session(TlsSession::protocol), "ssl_protocol");
      put(session(TlsSession::cipherSuite), "ssl_cipher");
      put(session(TlsSession::serverName), "ssl_server_name");
    }

    private static void ofRequests() {
      put(head(RequestHead::method), "request_method");
      put(head(RequestHead::target), "request_uri");
      put(
          (request, _) -> {
            RequestHead head = request.head();
            return head == null ? null : Facts.protocol(request.client(), head);
          },
          "server_protocol");
      put(
          (request, _) -> {
            RequestHead head = request.head();
            return head == null
                ? null
                : head.method()
                    + " "
                    + head.target()
                    + " "
                    + Facts.protocol(request.client(), head);
          },
          "request");
      put(target(RequestTarget::host), "host");
      put(target(RequestTarget::authority), "http_host", "best_http_host", "this_host");
      put(target(RequestTarget::path), "uri", "document_uri");
      put(
          target(to -> to.query().isEmpty() ? "" : to.query().substring(1)),
          "args",
          "query_string");
      put(target(to -> to.query().isEmpty() ? "" : "?"), "is_args");
      put(field("content-type"), "content_type");
      put(field("content-length"), "content_length");
      put(field("x-request-id"), "req_id", "request_id");
      put(
          (request, _) -> {
            Credentials known = Credentials.parse(Facts.field(request, "authorization"));
            return known == null ? null : known.user();
          },
          "remote_user");
      put((request, _) -> Integer.toString(request.status()), "status");
      put((request, _) -> Long.toString(request.responseBytes()), "body_bytes_sent", "bytes_sent");
      put((request, _) -> Long.toString(request.requestBytes()), "request_length");
      put((request, _) -> seconds(request.durationNanos()), "request_time");
    }

    private static void ofBackends() {
      put(route(route -> route.match().host()), "server_name");
      put(route(route -> route.match().path()), "location_path");
      put(route(route -> part(route, false)), "namespace");
      put(route(route -> part(route, true)), "ingress_name");
      put(port(port -> port.service().name()), "service_name");
      put(port(NginxVariable::portText), "service_port");
      put(
          port(port ->
              port.service().namespace() + "-" + port.service().name() + "-" + portText(port)),
          "proxy_upstream_name");
      put((_, _) -> "", "proxy_alternative_upstream_name");
      put((request, _) -> request.endpoint(), "upstream_addr");
      put(answer(request -> Integer.toString(request.status())), "upstream_status");
      put(
          answer(request -> Long.toString(request.responseBytes())),
          "upstream_response_length",
          "upstream_bytes_received");
      put(
          answer(request -> seconds(request.headNanos())),
          "upstream_response_time",
          "upstream_header_time");
    }

    /** Namespace or name of the object that a route comes from: {@code Ingress shop/web}. */
    private static @Nullable String part(Route route, boolean name) {
      String origin = route.origin();
      int blank = origin.indexOf(' ');
      int slash = origin.indexOf('/', blank + 1);
      if (slash < 0) {
        return null;
      }
      return name ? origin.substring(slash + 1) : origin.substring(blank + 1, slash);
    }
  }
}
