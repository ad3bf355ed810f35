// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.accesslog.LogTemplate;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a ConfigMap says of the gateway as a whole, which takes effect when it starts. Zero stands
 * for what is not said.
 *
 * @param idle how long a connection may wait for its next request
 * @param requests of a connection
 * @param header how long the header fields of a request may take
 * @param body how long a client may be silent within a body
 * @param connections of clients
 * @param endpointIdle how long an unused connection to an endpoint is kept
 * @param endpointConnections unused ones of each endpoint and event loop
 * @param drain how long open requests may take at the end
 * @param accessLog how lines of the access log look, or null
 */
public record StartSettings(
    Duration idle,
    int requests,
    Duration header,
    Duration body,
    int connections,
    Duration endpointIdle,
    int endpointConnections,
    Duration drain,
    @Nullable LogTemplate accessLog) {
  private static final int MANY = 1_000_000;

  /** Reads the data of a ConfigMap; values that are not allowed are as if they were not there. */
  public static StartSettings read(Map<String, String> data) {
    return read(Annotations.of(data, (_, _) -> {}));
  }

  static StartSettings read(Annotations config) {
    return new StartSettings(
        config.seconds("keep-alive", 1, Duration.ZERO),
        config.integer("keep-alive-requests", 1, Integer.MAX_VALUE, 0),
        config.seconds("client-header-timeout", 1, Duration.ZERO),
        config.seconds("client-body-timeout", 1, Duration.ZERO),
        config.integer("max-worker-connections", 1, MANY, 0),
        config.seconds("upstream-keepalive-timeout", 1, Duration.ZERO),
        config.integer("upstream-keepalive-connections", 1, MANY, 0),
        config.seconds("worker-shutdown-timeout", 1, Duration.ZERO),
        accessLog(config));
  }

  private static @Nullable LogTemplate accessLog(Annotations config) {
    boolean json = config.flag("log-format-escape-json", false);
    String text = config.text("log-format-upstream");
    if (text == null) {
      return null;
    }
    LogTemplate template = LogTemplate.compile(text, json);
    if (!template.unknown().isEmpty()) {
      config.ignored(
          "log-format-upstream",
          "of its variables these, which are unknown: " + template.unknown());
    }
    return template;
  }
}
