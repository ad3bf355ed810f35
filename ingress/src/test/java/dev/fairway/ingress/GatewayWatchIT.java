// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.gatewayapi.GatewayApiOptions;
import dev.fairway.ingress.gatewayapi.GatewayController;
import dev.fairway.ingress.gatewayapi.GatewayFeed;
import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** From an API server without the Gateway API to the status of its objects. */
class GatewayWatchIT {
  private static final String GROUP = "/apis/gateway.networking.k8s.io/v1";

  @Test
  void kindsAreWatchedOnceTheyAreInstalledAndTheLeaderWritesWhatBecameOfThem() throws Exception {
    AtomicBoolean leader = new AtomicBoolean();
    try (FakeApi api = new FakeApi();
        IngressGateway gateway = IngressGateway.start(GatewayFixture.options(), null)) {
      KubeClient client = new KubeClient(api);
      GatewayController controller =
          gateway.newGatewayController(
              new GatewayApiOptions(
                  "fairway.dev/gateway",
                  IpPrefix.parse("127.114." + ProcessHandle.current().pid() % 250 + ".0/29"),
                  Set.of(),
                  List.of(),
                  leader::get),
              client);
      try (controller;
          GatewayFeed feed = new GatewayFeed(client, controller, true, Duration.ofMillis(10))) {
        controller.start();
        feed.start();
        controller.onSnapshot(
            new SnapshotDelta(
                ServiceSnapshot.empty(), ServiceSnapshot.of(1, List.of(), Set.of()), Set.of()));
        GatewayFixture.await(() -> api.asked(GROUP) >= 2);
        assertThat(api.paths).allMatch(path -> path.equals(GROUP));

        api.install(
            "gatewayclasses",
            "{'metadata':{'name':'fairway','resourceVersion':'7','generation':4},"
                + "'spec':{'controllerName':'fairway.dev/gateway'}}");
        api.install("gateways", null);
        GatewayFixture.await(() -> api.asked(GROUP + "/gatewayclasses?") >= 2);
        assertThat(api.patches).isEmpty();

        leader.set(true);
        GatewayFixture.await(() -> !api.patches.isEmpty());
        JsonNode patch = api.patches.values().iterator().next();
        assertThat(api.patches.keySet()).containsExactly(GROUP + "/gatewayclasses/fairway/status");
        assertThat(patch.at("/metadata/resourceVersion").asString()).isEqualTo("7");
        assertThat(patch.at("/status/conditions/0/type").asString()).isEqualTo("Accepted");
        assertThat(patch.at("/status/conditions/0/status").asString()).isEqualTo("True");
        assertThat(patch.at("/status/conditions/0/observedGeneration").asInt()).isEqualTo(4);
        assertThat(patch.at("/status/conditions/0/lastTransitionTime").asString()).endsWith("Z");
        assertThat(patch.at("/status/supportedFeatures").size()).isGreaterThan(10);
      }
    }
  }

  /** An API server with a few collections, whose watches stay silent. */
  private static final class FakeApi implements ApiTransport {
    final List<String> paths = new CopyOnWriteArrayList<>();
    final Map<String, JsonNode> patches = new ConcurrentHashMap<>();
    private final Map<String, String> kinds = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    void install(String plural, @Nullable String object) {
      kinds.put(plural, object == null ? "" : object.replace('\'', '"'));
    }

    long asked(String prefix) {
      return paths.stream().filter(path -> path.startsWith(prefix)).count();
    }

    @Override
    public ApiResponse exchange(ApiRequest request) {
      paths.add(request.pathAndQuery());
      String path = request.pathAndQuery();
      byte[] body = request.body();
      if (request.method().equals("PATCH") && body != null) {
        patches.put(path, KubeCodec.json().readTree(body));
        return answer(200, "{\"metadata\":{\"name\":\"fairway\"}}");
      }
      if (path.equals(GROUP)) {
        List<String> names = kinds.keySet().stream().map(k -> "{\"name\":\"" + k + "\"}").toList();
        return names.isEmpty()
            ? answer(404, "{\"kind\":\"Status\",\"code\":404,\"reason\":\"NotFound\"}")
            : answer(200, "{\"resources\":[" + String.join(",", names) + "]}");
      }
      if (path.contains("sendInitialEvents")) {
        return answer(400, "{\"kind\":\"Status\",\"code\":400,\"reason\":\"BadRequest\"}");
      }
      if (path.contains("watch=true")) {
        return new Answer(200, new Silence(closed));
      }
      String plural = path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\?.*", "");
      return answer(
          200,
          "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["
              + kinds.getOrDefault(plural, "")
              + "]}");
    }

    private static ApiResponse answer(int status, String json) {
      return new Answer(status, new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  /** A body in which nothing ever arrives. */
  private static final class Silence extends InputStream {
    private final CountDownLatch end;

    Silence(CountDownLatch end) {
      this.end = end;
    }

    @Override
    public int read() throws IOException {
      try {
        end.await();
        return -1;
      } catch (InterruptedException aborted) {
        throw new IOException(aborted);
      }
    }
  }

  private record Answer(int status, InputStream body) implements ApiResponse {
    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public void close() {
      // the reader's thread is interrupted
    }
  }
}
