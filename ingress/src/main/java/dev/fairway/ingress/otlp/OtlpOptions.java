// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * Where spans go, and how.
 *
 * @param endpoint the collector; {@code /v1/traces} is added unless it is there
 * @param headers fields of each request to it, for its keys
 * @param resource attributes of everything that is sent: who we are
 * @param delay how long a span waits for others, so that few requests carry many
 * @param timeout of one request to the collector
 * @param maxWaiting requests whose spans wait; those of more are dropped
 */
public record OtlpOptions(
    URI endpoint,
    Map<String, String> headers,
    Map<String, String> resource,
    Duration delay,
    Duration timeout,
    int maxWaiting) {
  private static final String PATH = "/v1/traces";

  public OtlpOptions {
    headers = Map.copyOf(headers);
    resource = Map.copyOf(resource);
    if (endpoint.getHost() == null
        || !("http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme()))) {
      throw new IllegalArgumentException(
          "expected http://HOST:4318 or https://HOST[:PORT][/PATH], not " + endpoint);
    }
  }

  /** A second of delay, 10 s to answer, 4096 requests. */
  public static OtlpOptions of(
      URI endpoint, Map<String, String> headers, Map<String, String> resource) {
    return new OtlpOptions(
        endpoint, headers, resource, Duration.ofSeconds(1), Duration.ofSeconds(10), 4096);
  }

  /** The URL that spans are posted to. */
  URI target() {
    String base = endpoint.toString();
    while (base.endsWith("/")) {
      base = base.substring(0, base.length() - 1);
    }
    return URI.create(base.endsWith(PATH) ? base : base + PATH);
  }
}
