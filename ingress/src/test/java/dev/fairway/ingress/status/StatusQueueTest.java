// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of statuses that cannot be written at once. */
@Timeout(20)
class StatusQueueTest {
  private static final Duration SOON = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofSeconds(15);

  private final List<String> written = new CopyOnWriteArrayList<>();

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "the server fails, 500, 2",
    "too many requests, 429, 2",
    "the object was changed meanwhile, 409, 2",
    "the server is not there, 0, 2",
    "the object is gone, 404, 1",
    "the status is not valid, 422, 1",
    "we may not, 403, 1"
  })
  void onlyWhatMayPassIsTriedAgain(String name, int code, int times) throws Exception {
    try (StatusQueue<String, String> queue = new StatusQueue<>("test", failingOnce(code), SOON)) {
      queue.replace(Map.of("a", "1"));
      queue.awaitIdle(LONG);
    }
    assertThat(written).hasSize(times);
  }

  @Test
  void oneThatFailsDoesNotStopTheOthers() throws Exception {
    Map<String, String> writes = new LinkedHashMap<>();
    writes.put("a", "1");
    writes.put("b", "2");
    try (StatusQueue<String, String> queue = new StatusQueue<>("test", failingOnce(500), SOON)) {
      queue.replace(writes);
      queue.awaitIdle(LONG);
    }
    assertThat(written).containsExactly("a=1", "b=2", "a=1");
  }

  @Test
  void whatIsNotWantedAnyMoreIsNotTriedAgain() throws Exception {
    AtomicReference<StatusQueue<String, String>> itself = new AtomicReference<>();
    StatusQueue.Writer<String, String> failing = failingOnce(500);
    StatusQueue.Writer<String, String> overtaken =
        (object, status) -> {
          itself.get().replace(status.equals("1") ? Map.of("a", "2") : Map.of());
          failing.write(object, status);
        };
    try (StatusQueue<String, String> queue = new StatusQueue<>("test", overtaken, SOON)) {
      itself.set(queue);
      queue.replace(Map.of("a", "1"));
      queue.awaitIdle(LONG);
    }
    assertThat(written).containsExactly("a=1", "a=2");
  }

  /** Fails at the first write: with an answer of the API server, or without any where it is 0. */
  private StatusQueue.Writer<String, String> failingOnce(int code) {
    return (object, status) -> {
      written.add(object + "=" + status);
      if (written.size() == 1) {
        if (code == 0) {
          throw new IOException("no route to host");
        }
        throw new KubeApiException(code, "", "no", null);
      }
    };
  }
}
