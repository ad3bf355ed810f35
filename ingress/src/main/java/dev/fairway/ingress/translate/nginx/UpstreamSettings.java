// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.route.UpstreamPolicy;
import dev.fairway.ingress.route.UpstreamPolicy.CircuitLimits;
import dev.fairway.ingress.route.UpstreamPolicy.HealthCheck;
import dev.fairway.ingress.route.UpstreamPolicy.Outliers;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Our own annotations about how endpoints are guarded. */
final class UpstreamSettings {
  private static final int MOST = 1_000_000;
  private static final Pattern PATH = Pattern.compile("/[!-~]*");

  private UpstreamSettings() {}

  static UpstreamPolicy read(Annotations annotations) {
    UpstreamPolicy usual = UpstreamPolicy.DEFAULT;
    CircuitLimits limits = usual.limits();
    int requests = annotations.integer("endpoint-max-requests", 1, MOST, limits.requests());
    Outliers outliers = usual.outliers();
    return new UpstreamPolicy(
        new Outliers(
            annotations.integer("eject-after", 0, 1000, outliers.consecutiveFailures()),
            outliers.baseEjection(),
            outliers.maxEjection(),
            outliers.forgetAfter(),
            outliers.maxEjectedPercent()),
        new CircuitLimits(
            requests,
            annotations.integer("max-pending-requests", 0, MOST, limits.pending()),
            requests,
            limits.retries()),
        annotations.seconds("slow-start", 0, usual.slowStart()),
        usual.panicPercent(),
        healthCheck(annotations));
  }

  private static @Nullable HealthCheck healthCheck(Annotations annotations) {
    String path = annotations.text("health-check-path", PATH, "a path that starts with a slash");
    if (path == null) {
      return null;
    }
    HealthCheck usual = HealthCheck.of(path, "");
    return new HealthCheck(
        path,
        "",
        annotations.seconds("health-check-interval", 1, usual.interval()),
        annotations.seconds("health-check-timeout", 1, usual.timeout()),
        usual.healthyAfter(),
        usual.unhealthyAfter());
  }
}
