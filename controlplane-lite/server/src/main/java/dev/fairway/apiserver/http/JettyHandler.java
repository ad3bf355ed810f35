// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.pki.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Lets {@link ApiHandler} answer Jetty's requests. */
final class JettyHandler extends Handler.Abstract {
  private static final int MAX_KNOWN_USERS = 1_000;

  private final ApiHandler api;

  /** Parsed certificates; parsing costs more than a small request. */
  private final Map<X509Certificate, User> users = new ConcurrentHashMap<>();

  JettyHandler(ApiHandler api) {
    super(InvocationType.BLOCKING);
    this.api = api;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    JettyExchange exchange = new JettyExchange(request, response, user(request));
    try {
      api.handle(exchange);
      exchange.complete();
      callback.succeeded();
    } catch (IOException e) {
      callback.failed(e);
    }
    return true;
  }

  private @Nullable User user(Request request) {
    if (!(request.getAttribute(EndPoint.SslSessionData.ATTRIBUTE)
        instanceof EndPoint.SslSessionData session)) {
      return null;
    }
    X509Certificate[] chain = session.peerCertificates();
    if (chain == null || chain.length == 0) {
      return null;
    }
    if (users.size() > MAX_KNOWN_USERS) {
      users.clear();
    }
    return users.computeIfAbsent(chain[0], JettyHandler::user);
  }

  private static User user(X509Certificate certificate) {
    Identity identity = Identity.of(certificate);
    List<String> groups = new ArrayList<>(identity.groups());
    groups.add("system:authenticated");
    return new User(identity.name(), groups);
  }

  /** One request of Jetty. */
  private static final class JettyExchange implements Exchange {
    private final Request request;
    private final Response response;
    private final @Nullable User user;
    private @Nullable OutputStream out;

    JettyExchange(Request request, Response response, @Nullable User user) {
      this.request = request;
      this.response = response;
      this.user = user;
    }

    @Override
    public String method() {
      return request.getMethod();
    }

    @Override
    public String path() {
      String path = request.getHttpURI().getPath();
      return path == null || path.isEmpty() ? "/" : path;
    }

    @Override
    public String query() {
      String query = request.getHttpURI().getQuery();
      return query == null ? "" : query;
    }

    @Override
    public @Nullable String header(String name) {
      List<String> values = request.getHeaders().getValuesList(name);
      return values.isEmpty() ? null : String.join(",", values);
    }

    @Override
    public @Nullable User user() {
      return user;
    }

    @Override
    public InputStream body() {
      return Content.Source.asInputStream(request);
    }

    @Override
    public OutputStream respond(int status, List<Header> headers, long length) {
      response.setStatus(status);
      for (Header header : headers) {
        response.getHeaders().add(header.name(), header.value());
      }
      if (length >= 0) {
        response.getHeaders().put("Content-Length", length);
      }
      OutputStream stream = Content.Sink.asOutputStream(response);
      out = stream;
      return stream;
    }

    @Override
    public boolean isResponding() {
      return out != null;
    }

    @Override
    public void onAbort(Runnable action) {
      request.addFailureListener(failure -> action.run());
    }

    void complete() throws IOException {
      OutputStream stream = out;
      if (stream != null) {
        stream.close();
      }
    }
  }
}
