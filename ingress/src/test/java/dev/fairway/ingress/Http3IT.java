// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.observe.RequestObserver;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** HTTP/3 with the client of another project, aioquic, where it is or can be installed. */
class Http3IT {
  @Test
  void requestsOfAnotherClientAreServedAndHostileOnesAreRefused() throws IOException {
    List<String> told = new CopyOnWriteArrayList<>();
    RequestObserver refusal =
        request -> {
          if (request.status() >= 400) {
            told.add(request.status() + " " + request.why().code());
          }
        };
    try (GatewayFixture fixture =
        new GatewayFixture(GatewayFixture.options().withObservers(List.of(refusal)))) {
      TestBackend backend = fixture.backend("a");
      fixture.service("web", backend);
      fixture.service("chat", fixture.backend("b", Http3IT::chat));
      fixture.ingresses(
          TestObjects.ingress("all")
              .defaultBackend("web")
              .host("h")
              .prefix("/", "web")
              .prefix("/chat", "chat")
              .build());
      int port = Objects.requireNonNull(fixture.gateway().httpsAddress()).getPort();
      List<String> said;
      try (Python client = Python.script("http3_client.py", port)) {
        said = client.lines();
      }
      assertThat(said)
          .containsExactly(
              "get 200 False",
              "post 200 hello",
              "large 200 True",
              "trailers 200 True",
              "many {'200'}",
              "ends without bytes 0", // a lost one would not be sent again
              "websocket 200 ping",
              "head 200 0",
              "upper case in a name = RST 0x10e",
              "space in a name = RST 0x10e",
              "CRLF in a value = RST 0x10e",
              "LF in a value = RST 0x10e",
              "NUL in a value = RST 0x10e",
              "connection = RST 0x10e",
              "transfer-encoding = RST 0x10e",
              "upgrade = RST 0x10e",
              "te gzip = RST 0x10e",
              "host differs = RST 0x10e",
              "two content-lengths = RST 0x10e",
              "content-length without a body = RST 0x10e",
              "no path = RST 0x10e",
              "no authority = RST 0x10e",
              "no method = RST 0x10e",
              "empty path = RST 0x10e",
              "CRLF in the path = RST 0x10e",
              "two paths = RST 0x10e",
              "unknown pseudo field = RST 0x10e",
              "above the root = 400",
              "fragment = 400",
              "broken percent = 400",
              "TRACE = 405",
              "CONNECT = 405",
              "unknown protocol = 501",
              "path too long = 414",
              "CR in a value = RST 0x10e",
              "control in a value = RST 0x10e",
              "colon in a name = RST 0x10e",
              "CRLF in a name = RST 0x10e",
              "two hosts = RST 0x10e",
              "pseudo field after others = RST 0x10e",
              "response's pseudo field = RST 0x10e",
              "relative path = RST 0x10e",
              "space in the path = RST 0x10e",
              "method with CRLF = RST 0x10e",
              "negative content-length = RST 0x10e",
              "protocol without CONNECT = RST 0x10e",
              "backslash = 400",
              "encoded NUL = 400",
              "unknown expectation = 417",
              "too many fields = 431",
              "fields too large = RST 0x107");
      List<String> refusals =
          said.stream()
              .filter(line -> line.contains(" = "))
              .map(line -> line.substring(line.indexOf('=') + 2))
              .map(verdict -> verdict.equals("RST 0x10e") ? "400" : verdict)
              .map(verdict -> verdict.equals("RST 0x107") ? "431" : verdict)
              .map(status -> status + " malformed_request")
              .toList();
      GatewayFixture.await(() -> told.size() >= refusals.size());
      assertThat(told)
          .as("what metrics and logs are told")
          .containsExactlyInAnyOrderElementsOf(refusals);
      assertThat(backend.requests)
          .noneMatch(request -> request.line().contains("hidden"))
          .noneMatch(request -> !request.field("x-hidden").isEmpty());
    }
  }

  private static boolean chat(TestBackend.Request request, InputStream in, java.io.OutputStream out)
      throws IOException {
    TestBackend.send(
        out,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    out.write(in.readNBytes(4));
    out.flush();
    return false;
  }
}
