// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** kube-proxy's test of the health check node ports, over listeners without sockets. */
class ServiceHealthTest {
  private static final ServiceName ONE = new ServiceName("mynamespace", "myservice");
  private static final ServiceName TWO = new ServiceName("somecluster", "some-svc");
  private static final ServiceName THREE = new ServiceName("big", "bigsvc");

  private final Map<String, Answer.Responder> open = new TreeMap<>();
  private final Set<String> taken = new HashSet<>();
  private final List<String> events = new ArrayList<>();
  private final List<IpAddress> addresses = new ArrayList<>(List.of(IpAddress.parse("127.0.0.1")));
  private boolean healthy = true;
  private final ServiceHealth health =
      new ServiceHealth(
          this::open,
          () -> addresses,
          () -> healthy,
          (service, reason, message) -> events.add(service + " " + reason + " " + message));

  private HttpListening.Listener open(InetSocketAddress address, Answer.Responder responder)
      throws IOException {
    String key = address.getAddress().getHostAddress() + ":" + address.getPort();
    if (taken.contains(key)) {
      throw new IOException("address already in use");
    }
    assertThat(open.put(key, responder)).describedAs("second listener at " + key).isNull();
    return new HttpListening.Listener() {
      @Override
      public InetSocketAddress address() {
        return address;
      }

      @Override
      public void close() {
        open.remove(key);
      }
    };
  }

  @Test
  void nothing_hasNoListeners() {
    health.syncServices(Map.of());
    health.syncEndpoints(Map.of());
    assertThat(open).isEmpty();
  }

  @Test
  void endpointsOfUnknownServices_areDropped() {
    health.syncEndpoints(Map.of(ONE, 93));
    assertThat(open).isEmpty();
    health.syncServices(Map.of(ONE, 9376));
    expect(9376, 503, 0);
  }

  @Test
  void countsFollow() {
    health.syncServices(Map.of(ONE, 9376));
    expect(9376, 503, 0);
    health.syncEndpoints(Map.of(ONE, 18));
    expect(9376, 200, 18);
    health.syncEndpoints(Map.of(ONE, 0));
    expect(9376, 503, 0);
    health.syncEndpoints(Map.of(ONE, 11));
    health.syncEndpoints(Map.of());
    expect(9376, 503, 0);
    health.syncServices(Map.of());
    assertThat(open).isEmpty();
  }

  @Test
  void severalServices_eachHasItsOwn() {
    health.syncServices(Map.of(ONE, 9376, TWO, 12345, THREE, 60000));
    health.syncEndpoints(Map.of(ONE, 9, TWO, 3, THREE, 7));
    expect(9376, 200, 9);
    expect(12345, 200, 3);
    expect(60000, 200, 7);
    health.syncServices(Map.of(ONE, 9376, TWO, 12346, THREE, 60000));
    assertThat(open).doesNotContainKey("127.0.0.1:12345");
    expect(12346, 503, 0);
    expect(9376, 200, 9);
    health.syncEndpoints(Map.of(ONE, 9, TWO, 4));
    expect(12346, 200, 4);
    expect(60000, 503, 0);
  }

  @Test
  void unhealthyProxy_isSaidAndTheCountIsKept() {
    health.syncServices(Map.of(ONE, 9376));
    health.syncEndpoints(Map.of(ONE, 18));
    healthy = false;
    expect(9376, 503, 18);
    healthy = true;
    expect(9376, 200, 18);
  }

  @Test
  void body_isKubeProxysToTheByte() {
    health.syncServices(Map.of(ONE, 9376));
    health.syncEndpoints(Map.of(ONE, 1));
    assertThat(answer(9376).body())
        .isEqualTo(
            "{\n\t\"service\": {\n\t\t\"namespace\": \"mynamespace\",\n\t\t\"name\":"
                + " \"myservice\"\n\t},\n\t\"localEndpoints\": 1,\n\t\"serviceProxyHealthy\":"
                + " true\n}");
  }

  @Test
  void portInUse_isReportedOnceAndTriedAgain() {
    taken.add("127.0.0.1:9376");
    health.syncServices(Map.of(ONE, 9376, TWO, 12345));
    health.syncServices(Map.of(ONE, 9376, TWO, 12345));
    assertThat(events)
        .singleElement()
        .asString()
        .startsWith("mynamespace/myservice FailedToStartServiceHealthcheck ")
        .contains("9376");
    expect(12345, 503, 0);
    taken.clear();
    health.syncServices(Map.of(ONE, 9376, TWO, 12345));
    expect(9376, 503, 0);
  }

  @Test
  void addressesThatComeAndGo_areFollowed() {
    health.syncServices(Map.of(ONE, 9376));
    addresses.add(IpAddress.parse("10.0.0.1"));
    addresses.remove(0);
    health.syncServices(Map.of(ONE, 9376));
    assertThat(open).containsOnlyKeys("10.0.0.1:9376");
  }

  private void expect(int port, int status, int weight) {
    Answer answer = answer(port);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.contentType()).isEqualTo("application/json");
    assertThat(answer.headers())
        .containsEntry("X-Content-Type-Options", "nosniff")
        .containsEntry("X-Load-Balancing-Endpoint-Weight", "" + weight);
    assertThat(answer.body())
        .contains("\"localEndpoints\": " + weight + ",")
        .contains("\"serviceProxyHealthy\": " + healthy);
  }

  private Answer answer(int port) {
    Answer.Responder responder = open.get("127.0.0.1:" + port);
    assertThat(responder)
        .describedAs("listener of " + port + " among " + open.keySet())
        .isNotNull();
    return responder.answer(Answer.Request.of("/"));
  }
}
