// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.observe;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.trace.RequestTrace;
import org.jspecify.annotations.Nullable;

/** A request for tests, over after 30 ms; its head came after 20 ms. */
public record SampleRequest(
    RequestHead head,
    RequestTarget target,
    @Nullable Route route,
    @Nullable BackendRef backend,
    int status,
    Why why,
    @Nullable RequestTrace trace)
    implements ServedRequest {

  public static SampleRequest of(String method, @Nullable Route route, int status) {
    HttpFields fields = new HttpFields();
    fields.add("User-Agent", "test/1");
    return new SampleRequest(
        new RequestHead(method, "/a?b=c", 1, fields, 0),
        new RequestTarget("shop.example", "shop.example", "/a", "?b=c"),
        route,
        null,
        status,
        Why.BACKEND,
        null);
  }

  public SampleRequest because(Why reason) {
    return new SampleRequest(head, target, route, backend, status, reason, trace);
  }

  public SampleRequest field(String name, String value) {
    head.fields().add(name, value);
    return this;
  }

  public SampleRequest to(BackendRef chosen) {
    return new SampleRequest(head, target, route, chosen, status, why, trace);
  }

  public SampleRequest traced(RequestTrace place) {
    return new SampleRequest(head, target, route, backend, status, why, place);
  }

  @Override
  public Client client() {
    return new Client("192.0.2.7", false, true, 443);
  }

  @Override
  public long requestBytes() {
    return 3;
  }

  @Override
  public long responseBytes() {
    return 2000;
  }

  @Override
  public long durationNanos() {
    return 30_000_000;
  }

  @Override
  public long headNanos() {
    return 20_000_000;
  }

  @Override
  public int attempts() {
    return 1;
  }

  @Override
  public String endpoint() {
    return "10.0.0.1:8080";
  }
}
