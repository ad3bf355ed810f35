// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Every request comes through here: health and version for everybody, the rest for clients with a
 * name; routing, authorization, the verb's handler, and a Status for whatever goes wrong.
 * Thread-safe; blocks.
 */
public final class ApiHandler {
  private static final System.Logger LOG = System.getLogger(ApiHandler.class.getName());

  private final ApiParts parts;
  private final Semaphore inFlight;
  private final BooleanSupplier ready;

  /**
   * A handler.
   *
   * @param maxInFlight requests at a time besides watches and logs
   */
  public ApiHandler(ApiParts parts, int maxInFlight, BooleanSupplier ready) {
    this.parts = parts;
    this.inFlight = new Semaphore(maxInFlight);
    this.ready = ready;
  }

  /** Answers a request; returns when the response is complete. */
  public void handle(Exchange exchange) throws IOException {
    try {
      if (!handleAnonymous(exchange)) {
        handleKnown(exchange);
      }
    } catch (StatusException e) {
      fail(exchange, e);
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "request failed method=" + exchange.method() + " path=" + exchange.path(),
          e);
      fail(exchange, StatusException.internal(String.valueOf(e.getMessage())));
    }
  }

  private static void fail(Exchange exchange, StatusException e) throws IOException {
    if (exchange.isResponding()) {
      throw new IOException("response was cut off: " + e.text());
    }
    Replies.failure(exchange, e);
  }

  private boolean handleAnonymous(Exchange exchange) throws IOException {
    String path = exchange.path();
    boolean health =
        path.equals("/healthz")
            || path.equals("/livez")
            || path.equals("/readyz")
            || path.startsWith("/readyz/")
            || path.startsWith("/livez/");
    if (health) {
      boolean ok = !path.startsWith("/readyz") || ready.getAsBoolean();
      Replies.text(exchange, ok ? 200 : 503, ok ? "ok" : "not ready");
      return true;
    }
    if (path.equals("/version") || path.equals("/version/")) {
      Replies.json(exchange, 200, DiscoveryHandler.version());
      return true;
    }
    return false;
  }

  private void handleKnown(Exchange exchange) throws IOException, StatusException {
    User sender = exchange.user();
    if (sender == null) {
      throw new StatusException(401, "Unauthorized", "Unauthorized", null);
    }
    User user = Impersonation.userOf(exchange, sender);
    String path = exchange.path();
    boolean read = exchange.method().equals("GET") || exchange.method().equals("HEAD");
    if (read && parts.discovery().handle(exchange, path)) {
      return;
    }
    RequestInfo info = RequestInfo.parse(path);
    ResourceDescriptor resource =
        info == null
            ? null
            : parts.registry().resource(info.group(), info.version(), info.plural());
    if (info == null || resource == null || !fits(info, resource)) {
      throw noSuchPath();
    }
    QueryParameters parameters = QueryParameters.parse(exchange.query());
    Call call = new Call(exchange, info, resource, parameters, user, parts.clock());
    String verb = verb(call);
    if (info.subresource().isEmpty() && !resource.verbs().contains(verb)) {
      throw methodNotAllowed();
    }
    Authorizer.check(user, verb, resource, info);
    if (verb.equals("watch") || info.subresource().equals("log")) {
      dispatch(call, verb);
      return;
    }
    if (!inFlight.tryAcquire()) {
      throw StatusException.tooManyRequests("Too many requests, please try again later.", 1);
    }
    try {
      dispatch(call, verb);
    } finally {
      inFlight.release();
    }
  }

  static StatusException noSuchPath() {
    return new StatusException(
        404, "NotFound", "the server could not find the requested resource", null);
  }

  private static boolean fits(RequestInfo info, ResourceDescriptor resource) {
    boolean inNamespace = !info.namespace().isEmpty();
    if (inNamespace && !resource.namespaced()) {
      return false;
    }
    if (!inNamespace && resource.namespaced() && !info.name().isEmpty()) {
      return false;
    }
    return info.subresource().isEmpty() || resource.hasSubresource(info.subresource());
  }

  private static String verb(Call call) throws StatusException {
    boolean item = !call.name().isEmpty();
    return switch (call.exchange().method()) {
      case "GET", "HEAD" -> {
        if (call.info().subresource().isEmpty() && call.parameters().flag("watch")) {
          yield "watch";
        }
        yield item ? "get" : "list";
      }
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> item ? "delete" : "deletecollection";
      default -> throw methodNotAllowed();
    };
  }

  private static StatusException methodNotAllowed() {
    return new StatusException(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        null);
  }

  private void dispatch(Call call, String verb) throws IOException, StatusException {
    String subresource = call.info().subresource();
    switch (subresource) {
      case "" -> dispatchObject(call, verb);
      case "status", "finalize" -> dispatchPart(call, verb, subresource);
      case "scale" -> dispatchScale(call, verb);
      case "binding", "eviction", "log" -> dispatchPod(call, verb + " " + subresource);
      default -> throw noSuchPath();
    }
  }

  private void dispatchObject(Call call, String verb) throws IOException, StatusException {
    boolean item = !call.name().isEmpty();
    boolean allNamespaces = call.resource().namespaced() && call.namespace().isEmpty();
    switch (verb) {
      case "get" -> parts.reads().get(call);
      case "list" -> parts.reads().list(call);
      case "watch" -> parts.watches().watch(call);
      case "delete" -> parts.deletes().delete(call);
      case "deletecollection" -> {
        if (allNamespaces) {
          throw methodNotAllowed();
        }
        parts.deletes().deleteCollection(call);
      }
      case "create" -> {
        if (item || allNamespaces) {
          throw methodNotAllowed();
        }
        if (call.resource().isStored()) {
          parts.writes().create(call);
        } else {
          parts.reviews().answer(call);
        }
      }
      case "update" -> {
        requireItem(item);
        parts.writes().update(call, null);
      }
      case "patch" -> {
        requireItem(item);
        parts.writes().patch(call, null);
      }
      default -> throw methodNotAllowed();
    }
  }

  private static void requireItem(boolean item) throws StatusException {
    if (!item) {
      throw methodNotAllowed();
    }
  }

  private void dispatchPart(Call call, String verb, @Nullable String subresource)
      throws IOException, StatusException {
    switch (verb) {
      case "get" -> parts.reads().get(call);
      case "update" -> parts.writes().update(call, subresource);
      case "patch" -> parts.writes().patch(call, subresource);
      default -> throw methodNotAllowed();
    }
  }

  private void dispatchScale(Call call, String verb) throws IOException, StatusException {
    switch (verb) {
      case "get" -> parts.scales().get(call);
      case "update" -> parts.scales().update(call);
      case "patch" -> parts.scales().patch(call);
      default -> throw methodNotAllowed();
    }
  }

  private void dispatchPod(Call call, String what) throws IOException, StatusException {
    switch (what) {
      case "create binding" -> parts.pods().bind(call);
      case "create eviction" -> parts.deletes().evict(call);
      case "get log" -> parts.logs().proxy(call);
      default -> throw methodNotAllowed();
    }
  }
}
