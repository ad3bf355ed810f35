// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import com.google.re2j.Pattern;
import java.time.Duration;
import java.util.List;

/**
 * How failures of upstreams are logged.
 *
 * @param on or not at all
 * @param consolidated failures that are counted instead of told each
 */
public record ErrorLogOptions(boolean on, List<Consolidated> consolidated) {
  /** All are told, but not too many at a time. */
  public static final ErrorLogOptions ON = new ErrorLogOptions(true, List.of());

  /** None is told. */
  public static final ErrorLogOptions OFF = new ErrorLogOptions(false, List.of());

  /**
   * Failures that are counted.
   *
   * @param period after which their number is logged
   * @param pattern of their text
   * @param level of that line
   * @param showFirst whether the first one is logged at once
   */
  public record Consolidated(
      Duration period, Pattern pattern, System.Logger.Level level, boolean showFirst) {}

  public ErrorLogOptions {
    consolidated = List.copyOf(consolidated);
  }
}
