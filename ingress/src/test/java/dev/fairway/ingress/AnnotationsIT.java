// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.RawClient.Response;
import dev.fairway.ingress.TestObjects.IngressBuilder;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Annotations of ingress-nginx as they show on sockets. */
class AnnotationsIT {
  private static final String PREFIX = "nginx.ingress.kubernetes.io/";
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.service("web", fixture.backend("web"));
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void backendGetsTheRewrittenPathAndHost() throws IOException {
    serve(
        ingress("rewrite-target", "/$2", "upstream-vhost", "inner.example")
            .host("h")
            .path("ImplementationSpecific", "/app(/|$)(.*)", TestObjects.backend("web")));
    try (RawClient client = fixture.connect()) {
      assertThat(client.get("h", "/app/cart?x=1").body())
          .contains("GET /cart?x=1 HTTP/1.1", "Host: inner.example");
    }
  }

  @Test
  void preflightIsAnsweredWithoutABody() throws IOException {
    serve(ingress("enable-cors", "true").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      client.send(
          "OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: https://a\r\n"
              + "Access-Control-Request-Method: PUT\r\n\r\n");
      Response preflight = client.response();
      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.field("Content-Length")).isEmpty();
      assertThat(preflight.field("Access-Control-Allow-Origin")).isEqualTo("*");
      assertThat(client.get("h", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void largerBodiesAreRefused() throws IOException {
    serve(ingress("proxy-body-size", "1k").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1024\r\n\r\n" + "x".repeat(1024));
      assertThat(client.response().status()).isEqualTo(200);
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(413);
    }
    try (RawClient client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send("800\r\n" + "x".repeat(2048) + "\r\n0\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(413);
    }
  }

  @Test
  void addressesThatAreNotAllowedGetNothing() throws IOException {
    serve(ingress("allowlist-source-range", "198.51.100.0/24").host("h").prefix("/", "web"));
    try (RawClient client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(403);
    }
  }

  private void serve(IngressBuilder ingress) {
    fixture.ingresses(ingress.build());
  }

  /** An Ingress with annotations, names and values in turn. */
  private static IngressBuilder ingress(String... annotations) {
    IngressBuilder builder = TestObjects.ingress("annotated");
    for (int i = 0; i < annotations.length; i += 2) {
      builder.annotation(PREFIX + annotations[i], annotations[i + 1]);
    }
    return builder;
  }
}
