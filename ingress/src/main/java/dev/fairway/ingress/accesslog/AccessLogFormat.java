// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

/** How a line looks. */
public enum AccessLogFormat {
  /** One object a line, with everything that is known. */
  JSON,
  /** The Common Log Format. */
  COMMON,
  /** The same with Referer and User-Agent. */
  COMBINED,
  /** As ingress-nginx logs by default. */
  UPSTREAMINFO;

  LineWriter writer(AccessLogOptions options) {
    LogTemplate template = options.template();
    if (template != null) {
      return template;
    }
    return this == JSON ? new JsonLine(options.fields()) : new TextLine(this);
  }
}
