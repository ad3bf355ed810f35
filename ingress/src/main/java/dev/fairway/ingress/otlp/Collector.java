// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Posts messages to a collector of OpenTelemetry. What it cannot take now is tried again a few
 * times, as OTLP asks. Confined to the thread that sends.
 */
final class Collector implements AutoCloseable {
  /** What became of a message. */
  sealed interface Result {
    /**
     * The collector answered that it has it.
     *
     * @param rejected spans of it that it does not keep
     */
    record Taken(long rejected) implements Result {}

    /** It never will be there. */
    record Lost(String reason) implements Result {}
  }

  private static final int MAX_TRIES = 5;
  private static final int MAX_ANSWER = 65_536;
  private static final long MAX_PAUSE_SECONDS = 30;

  private final OtlpOptions options;
  private final HttpClient http;

  Collector(OtlpOptions options) {
    this.options = options;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(options.timeout())
            .build();
  }

  /**
   * Sends a message.
   *
   * @param patiently whether to try again after a while
   */
  Result post(byte[] message, boolean patiently) throws InterruptedException {
    HttpRequest request = request(message);
    long pause = 1;
    for (int tries = 1; ; tries++) {
      String problem;
      try {
        HttpResponse<byte[]> response =
            http.send(
                request,
                _ ->
                    HttpResponse.BodySubscribers.limiting(
                        HttpResponse.BodySubscribers.ofByteArray(), MAX_ANSWER));
        int status = response.statusCode();
        if (status >= 200 && status < 300) {
          return new Result.Taken(PartialSuccess.rejected(response.body()));
        }
        problem = "it answers " + status;
        if (!isTemporary(status)) {
          return new Result.Lost(problem);
        }
        pause = Math.max(pause, retryAfter(response));
      } catch (IOException notReached) {
        problem = String.valueOf(notReached.getMessage());
      }
      if (!patiently || tries == MAX_TRIES) {
        return new Result.Lost(problem);
      }
      TimeUnit.SECONDS.sleep(pause);
      pause = Math.min(2 * pause, MAX_PAUSE_SECONDS);
    }
  }

  private HttpRequest request(byte[] message) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(options.target())
            .timeout(options.timeout())
            .header("Content-Type", "application/x-protobuf");
    options.headers().forEach(builder::setHeader);
    return builder.POST(HttpRequest.BodyPublishers.ofByteArray(message)).build();
  }

  /** Whether the same message may be taken later. */
  static boolean isTemporary(int status) {
    return status == 429 || status == 502 || status == 503 || status == 504;
  }

  private static long retryAfter(HttpResponse<?> response) {
    String seconds = response.headers().firstValue("retry-after").orElse("");
    return seconds.matches("[0-9]{1,4}") ? Math.min(Long.parseLong(seconds), MAX_PAUSE_SECONDS) : 0;
  }

  @Override
  public void close() {
    http.shutdownNow();
    try {
      boolean unused = http.awaitTermination(Duration.ofSeconds(1));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
