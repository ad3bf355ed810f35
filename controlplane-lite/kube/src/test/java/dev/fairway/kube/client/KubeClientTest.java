// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class KubeClientTest {
  private final Server server = new Server();
  private final KubeClient client = new KubeClient(server);

  /** Gives one and the same answer to everything and writes down what it was asked. */
  private static final class Server implements ApiTransport {
    final List<String> requests = new ArrayList<>();
    int status = 200;
    String answer = "{\"metadata\":{\"name\":\"n\",\"uid\":\"u\"}}";

    @Override
    public ApiResponse exchange(ApiRequest request) {
      byte[] body = request.body();
      requests.add(
          request.method()
              + " "
              + request.pathAndQuery()
              + (body == null
                  ? ""
                  : " "
                      + request.headers().get("Content-Type")
                      + " "
                      + new String(body, StandardCharsets.UTF_8)));
      InputStream stream = new ByteArrayInputStream(answer.getBytes(StandardCharsets.UTF_8));
      int code = status;
      return new ApiResponse() {
        @Override
        public int status() {
          return code;
        }

        @Override
        public @Nullable String header(String name) {
          return null;
        }

        @Override
        public InputStream body() {
          return stream;
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void close() {}
  }

  @Test
  void requestsAreThoseOfTheApi() throws Exception {
    ObjectNode body = KubeCodec.json().createObjectNode().put("a", 1);
    client.get(Resource.NAMESPACES, "", "n");
    client.create(Resource.CONFIG_MAPS, "ns", body);
    client.update(Resource.NAMESPACES, "", "n", "status", body);
    client.patch(Resource.NAMESPACES, "", "n", null, PatchType.STRATEGIC, body);
    client.delete(
        Resource.SERVICES,
        "ns",
        "s",
        DeleteOptions.grace(0).withUid("u").withPropagation("Orphan"));
    client.raw("GET", "/version", null);
    assertThat(server.requests)
        .containsExactly(
            "GET /api/v1/namespaces/n",
            "POST /api/v1/namespaces/ns/configmaps application/json {\"a\":1}",
            "PUT /api/v1/namespaces/n/status application/json {\"a\":1}",
            "PATCH /api/v1/namespaces/n application/strategic-merge-patch+json {\"a\":1}",
            "DELETE /api/v1/namespaces/ns/services/s application/json {\"apiVersion\":\"v1\","
                + "\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"u\"},"
                + "\"gracePeriodSeconds\":0,\"propagationPolicy\":\"Orphan\"}",
            "GET /version");
  }

  @Test
  void statusBecomesAnException() {
    server.status = 409;
    server.answer =
        "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"message\":\"n exists\",\"code\":409}";
    assertThatThrownBy(() -> client.get(Resource.NAMESPACES, "", "n"))
        .asInstanceOf(InstanceOfAssertFactories.type(KubeApiException.class))
        .satisfies(e -> {
          assertThat(e.code()).isEqualTo(409);
          assertThat(e.isAlreadyExists()).isTrue();
          assertThat(e).hasMessage("n exists");
          assertThat(e.status()).isNotNull();
        });
  }

  @Test
  void plainTextErrorBecomesAnException() {
    server.status = 502;
    server.answer = "bad gateway\n";
    assertThatThrownBy(() -> client.get(Resource.NAMESPACES, "", "n"))
        .isInstanceOf(KubeApiException.class)
        .hasMessage("HTTP 502: bad gateway");
  }

  @Test
  void missingObjectIsNullForFind() throws Exception {
    Namespace found = client.find(Resource.NAMESPACES, "", "n");
    assertThat(found).isNotNull();
    server.status = 404;
    assertThat(client.find(Resource.NAMESPACES, "", "n")).isNull();
    server.status = 403;
    assertThatThrownBy(() -> client.find(Resource.NAMESPACES, "", "n"))
        .isInstanceOf(KubeApiException.class);
  }

  @Test
  void answerThatIsNoObjectIsAnIoException() {
    server.answer = "<html>";
    assertThatThrownBy(() -> client.get(Resource.NAMESPACES, "", "n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("GET /api/v1/namespaces/n");
    assertThatThrownBy(() -> client.raw("GET", "/x", null)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> client.list(Resource.NAMESPACES, "", ListOptions.ALL))
        .isInstanceOf(IOException.class);
  }
}
