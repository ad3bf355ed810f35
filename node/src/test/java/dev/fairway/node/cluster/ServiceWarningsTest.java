// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.proxy.ProxyEvents;
import dev.fairway.service.ServiceName;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Events on Services, with the rights that the role system:node-proxier gives. */
final class ServiceWarningsTest {
  private static final ServiceName WEB = new ServiceName("shop", "web");
  private final NodeProxierApi api = new NodeProxierApi();

  @Test
  void anEventNamesTheServiceThatMayBeListedButNotGot() throws Exception {
    try (ServiceWarnings warnings = warnings()) {
      warnings.warning(WEB, ProxyEvents.ADDRESS_IN_USE, "port 80 is taken");
      JsonNode event = api.nextEvent();
      assertThat(event.at("/involvedObject/kind").asString()).isEqualTo("Service");
      assertThat(event.at("/involvedObject/name").asString()).isEqualTo("web");
      assertThat(event.at("/involvedObject/uid").asString()).isEqualTo("uid-of-web");
      assertThat(event.at("/reason").asString()).isEqualTo("AddressInUse");
      assertThat(event.at("/metadata/namespace").asString()).isEqualTo("shop");
    }
  }

  @Test
  void theSameMessageIsWrittenOnce() throws Exception {
    try (ServiceWarnings warnings = warnings()) {
      for (int i = 0; i < 5; i++) {
        warnings.warning(WEB, ProxyEvents.ADDRESS_IN_USE, "port 80 is taken");
      }
      warnings.warning(WEB, ProxyEvents.LIMIT_REACHED, "later");
      assertThat(api.nextEvent().at("/message").asString()).isEqualTo("port 80 is taken");
      assertThat(api.nextEvent().at("/message").asString()).isEqualTo("later");
    }
  }

  @Test
  void aServiceThatIsGoneGetsNoEventAndAFailureIsNotRepeated() throws Exception {
    try (ServiceWarnings warnings = warnings()) {
      warnings.warning(new ServiceName("shop", "gone"), ProxyEvents.ADDRESS_IN_USE, "nobody");
      api.isRefusing = true;
      warnings.warning(WEB, ProxyEvents.ADDRESS_IN_USE, "refused");
      assertThat(api.refused.poll(20, TimeUnit.SECONDS)).contains("/namespaces/shop/events");
      api.isRefusing = false;
      warnings.warning(WEB, ProxyEvents.LIMIT_REACHED, "accepted");
      assertThat(api.nextEvent().at("/message").asString()).isEqualTo("accepted");
    }
  }

  private ServiceWarnings warnings() {
    return new ServiceWarnings(
        new KubeClient(api), "node-1", InstantSource.fixed(Instant.ofEpochSecond(1)));
  }

  /** Has one Service, and allows what kube-proxy may do: LIST Services, create Events. */
  private static final class NodeProxierApi implements ApiTransport {
    private static final String SERVICES = "/api/v1/namespaces/shop/services?";
    private final BlockingQueue<byte[]> events = new LinkedBlockingQueue<>();
    final BlockingQueue<String> refused = new LinkedBlockingQueue<>();
    volatile boolean isRefusing;

    JsonNode nextEvent() throws InterruptedException {
      byte[] body = events.poll(20, TimeUnit.SECONDS);
      assertThat(body).as("an event within 20 s").isNotNull();
      return KubeCodec.json().readTree(body);
    }

    @Override
    public ApiResponse exchange(ApiRequest request) {
      String path = request.pathAndQuery();
      byte[] body = request.body();
      if (request.method().equals("GET") && path.startsWith(SERVICES)) {
        String items =
            path.contains("metadata.name%3Dweb") || path.contains("metadata.name=web")
                ? "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"uid-of-web\"},"
                    + "\"spec\":{\"clusterIP\":\"10.96.0.5\"}}"
                : "";
        return answer(
            200,
            "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},"
                + "\"items\":["
                + items
                + "]}");
      }
      if (request.method().equals("POST") && body != null && !isRefusing) {
        events.add(body);
        return answer(201, new String(body, StandardCharsets.UTF_8));
      }
      refused.add(path);
      return answer(
          403,
          "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":403,"
              + "\"reason\":\"Forbidden\",\"message\":\"forbidden\"}");
    }

    private static ApiResponse answer(int status, String json) {
      return new Answer(status, new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {}
  }

  private record Answer(int status, InputStream body) implements ApiResponse {
    @Override
    public @Nullable String header(String name) {
      return name.equalsIgnoreCase("Content-Type") ? "application/json" : null;
    }

    @Override
    public void close() {}
  }
}
