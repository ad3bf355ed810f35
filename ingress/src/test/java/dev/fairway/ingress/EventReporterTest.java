// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.translate.Diagnostic;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is wrong is told once, whoever asks for more of it and however much it is. */
class EventReporterTest {
  private final Api api = new Api();
  private final InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1));

  @Test
  void whatStaysIsToldOnce() throws Exception {
    try (EventReporter reporter = new EventReporter(new KubeClient(api), clock)) {
      for (int i = 0; i < 5; i++) {
        reporter.report(List.of(diagnostic("a", "one")));
      }
      reporter.report(List.of(diagnostic("a", "one"), diagnostic("a", "two")));
      reporter.report(List.of());
      reporter.report(List.of(diagnostic("a", "one")));
      assertThat(List.of(api.next(), api.next(), api.next()))
          .containsExactly("Conflict one", "Conflict two", "Conflict one");
    }
    assertThat(api.told).isEmpty();
  }

  @Test
  void neverMoreThanAThousandWait() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    api.held = held;
    try (EventReporter reporter = new EventReporter(new KubeClient(api), clock)) {
      reporter.report(many(50_000));
      reporter.report(many(60_000));
      assertThat(reporter.waiting()).isBetween(999, 1_000);
      held.countDown();
    }
  }

  private static List<Diagnostic> many(int count) {
    List<Diagnostic> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(diagnostic("web-" + i, "wrong"));
    }
    return all;
  }

  private static Diagnostic diagnostic(String name, String message) {
    return new Diagnostic(new ObjectKey("shop", name), "uid", Reason.CONFLICT, message);
  }

  /** Takes Events, or holds on to the first one. */
  private static final class Api implements ApiTransport {
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private volatile @Nullable CountDownLatch held;

    String next() throws InterruptedException {
      return Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS));
    }

    @Override
    public ApiResponse exchange(ApiRequest request) throws InterruptedException {
      CountDownLatch latch = held;
      if (latch != null) {
        latch.await();
      }
      byte[] body = Objects.requireNonNull(request.body());
      JsonNode event = KubeCodec.json().readTree(body);
      told.add(event.path("reason").asString("") + " " + event.path("message").asString(""));
      return new Created(new ByteArrayInputStream(body));
    }

    @Override
    public void close() {}
  }

  private record Created(InputStream body) implements ApiResponse {
    @Override
    public int status() {
      return 201;
    }

    @Override
    public @Nullable String header(String name) {
      return name.equalsIgnoreCase("Content-Type") ? "application/json" : null;
    }

    @Override
    public void close() {}
  }
}
