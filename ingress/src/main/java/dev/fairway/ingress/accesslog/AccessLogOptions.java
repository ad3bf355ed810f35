// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.route.Route;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is logged, and how.
 *
 * @param statuses only these, all where empty
 * @param minDuration only requests that took so long
 * @param retriedOnly only requests that needed more than one attempt
 * @param fields names of request header fields that the JSON format tells, in lower case; none by
 *     default, as fields carry secrets
 * @param template how lines look instead, or null
 */
public record AccessLogOptions(
    AccessLogFormat format,
    List<StatusRange> statuses,
    Duration minDuration,
    boolean retriedOnly,
    List<String> fields,
    @Nullable LogTemplate template) {
  /** As the format says. */
  public AccessLogOptions(
      AccessLogFormat format,
      List<StatusRange> statuses,
      Duration minDuration,
      boolean retriedOnly,
      List<String> fields) {
    this(format, statuses, minDuration, retriedOnly, fields, null);
  }

  /** With other lines. */
  public AccessLogOptions withTemplate(LogTemplate other) {
    return new AccessLogOptions(format, statuses, minDuration, retriedOnly, fields, other);
  }

  /** Statuses from one to another, both included. */
  public record StatusRange(int from, int to) {
    /**
     * Reads {@code 404} or {@code 500-599}.
     *
     * @throws IllegalArgumentException where the text is neither
     */
    public static StatusRange parse(String text) {
      if (!text.matches("[1-5][0-9]{2}(-[1-5][0-9]{2})?")) {
        throw new IllegalArgumentException("not a status or a range of them: " + text);
      }
      int from = Integer.parseInt(text.substring(0, 3));
      int to = Integer.parseInt(text.substring(text.length() - 3));
      if (to < from) {
        throw new IllegalArgumentException("the range " + text + " is empty");
      }
      return new StatusRange(from, to);
    }
  }

  public AccessLogOptions {
    statuses = List.copyOf(statuses);
    fields = List.copyOf(fields);
  }

  /** Every request. */
  public static AccessLogOptions of(AccessLogFormat format) {
    return new AccessLogOptions(format, List.of(), Duration.ZERO, false, List.of());
  }

  boolean wants(ServedRequest request) {
    Route route = request.route();
    return (route == null || route.telemetry().logged())
        && request.durationNanos() >= minDuration.toNanos()
        && (!retriedOnly || request.attempts() > 1)
        && (statuses.isEmpty() || isAsked(request.status()));
  }

  private boolean isAsked(int status) {
    for (StatusRange range : statuses) {
      if (status >= range.from && status <= range.to) {
        return true;
      }
    }
    return false;
  }
}
