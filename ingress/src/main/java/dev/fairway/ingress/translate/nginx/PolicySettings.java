// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.route.ResponseRate;
import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.route.RoutePolicy;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The annotations about timeouts, sizes and further attempts. */
final class PolicySettings {
  private static final Pattern CONDITIONS = Pattern.compile("[a-z0-9_]+(?:[ ,]+[a-z0-9_]+)*");
  private static final int MAX_TRIES = 100;

  private PolicySettings() {}

  /** What the annotations say, the rest as in another policy. */
  static RoutePolicy read(Annotations annotations, RoutePolicy policy) {
    return new RoutePolicy(
        policy.requestTimeout(),
        policy.attemptTimeout(),
        annotations.seconds("proxy-connect-timeout", 1, policy.connectTimeout()),
        annotations.seconds("proxy-send-timeout", 1, policy.sendTimeout()),
        annotations.seconds("proxy-read-timeout", 1, policy.readTimeout()),
        annotations.bytes("proxy-body-size", policy.maxRequestBody()),
        retries(annotations, policy.retries()),
        rate(annotations, policy.responseRate()));
  }

  private static @Nullable ResponseRate rate(
      Annotations annotations, @Nullable ResponseRate fallback) {
    long bytes =
        kibibytes(annotations, "limit-rate", fallback == null ? 0 : fallback.bytesPerSecond());
    long after =
        kibibytes(annotations, "limit-rate-after", fallback == null ? 0 : fallback.after());
    return bytes == 0 ? null : new ResponseRate(bytes, after);
  }

  /** A number of KiB, in bytes. */
  private static long kibibytes(Annotations annotations, String name, long fallback) {
    int number = annotations.integer(name, 0, Integer.MAX_VALUE, -1);
    return number < 0 ? fallback : number * 1024L;
  }

  private static RetryPolicy retries(Annotations annotations, RetryPolicy fallback) {
    int tries = annotations.integer("proxy-next-upstream-tries", 0, MAX_TRIES, -1);
    int attempts = tries < 0 ? fallback.attempts() : tries == 0 ? MAX_TRIES : tries;
    Duration within = annotations.seconds("proxy-next-upstream-timeout", 0, fallback.within());
    String text =
        annotations.text(
            "proxy-next-upstream", CONDITIONS, "error, timeout, http_500 and other conditions");
    if (text == null) {
      return new RetryPolicy(
          attempts, within, fallback.statuses(), fallback.onTimeout(), fallback.nonIdempotent());
    }
    Set<Integer> statuses = new HashSet<>();
    boolean timeout = false;
    boolean nonIdempotent = false;
    boolean off = false;
    for (String condition : text.split("[ ,]+")) {
      switch (condition) {
        case "error", "invalid_header" -> {}
        case "timeout" -> timeout = true;
        case "non_idempotent" -> nonIdempotent = true;
        case "off" -> off = true;
        case "http_500", "http_502", "http_503", "http_504", "http_403", "http_404", "http_429" ->
            statuses.add(Integer.parseInt(condition.substring(5)));
        default -> {
          annotations.invalid(
              "proxy-next-upstream",
              "of "
                  + List.of(
                      "error",
                      "timeout",
                      "invalid_header",
                      "http_500",
                      "http_502",
                      "http_503",
                      "http_504",
                      "http_403",
                      "http_404",
                      "http_429",
                      "non_idempotent",
                      "off"));
          return new RetryPolicy(
              attempts, within, fallback.statuses(), fallback.onTimeout(), false);
        }
      }
    }
    return off
        ? new RetryPolicy(1, within, Set.of(), false, false)
        : new RetryPolicy(attempts, within, statuses, timeout, nonIdempotent);
  }
}
