// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.route.Telemetry;
import dev.fairway.ingress.route.Telemetry.Trust;

/** The annotations about what is told of requests. */
final class TelemetrySettings {
  private TelemetrySettings() {}

  static Telemetry read(Annotations annotations) {
    boolean logged = annotations.flag("enable-access-log", true);
    boolean traced = annotations.flag("enable-opentelemetry", true);
    return new Telemetry(true, logged, traced, trust(annotations));
  }

  private static Trust trust(Annotations annotations) {
    String name = "opentelemetry-trust-incoming-span";
    if (annotations.text(name) == null) {
      return Trust.AS_CONFIGURED;
    }
    return annotations.flag(name, false) ? Trust.ALWAYS : Trust.NEVER;
  }
}
