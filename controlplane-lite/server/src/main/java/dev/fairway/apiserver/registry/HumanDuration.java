// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.time.Duration;

/** Durations as kubectl shows ages: 45s, 3m20s, 17m, 5h10m, 3d4h, 200d, 2y100d. */
public final class HumanDuration {
  private HumanDuration() {}

  /** Formats with at most two units; Kubernetes' duration.HumanDuration. */
  public static String format(Duration d) {
    long seconds = d.toSeconds();
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    if (seconds < 120) {
      return seconds + "s";
    }
    long minutes = seconds / 60;
    if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    }
    if (minutes < 180) {
      return minutes + "m";
    }
    long hours = minutes / 60;
    if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    }
    if (hours < 48) {
      return hours + "h";
    }
    long days = hours / 24;
    if (hours < 192) {
      return two(days, "d", hours % 24, "h");
    }
    if (hours < 24 * 365 * 2) {
      return days + "d";
    }
    long years = days / 365;
    return hours < 24 * 365 * 8 ? two(years, "y", days % 365, "d") : years + "y";
  }

  private static String two(long major, String majorUnit, long minor, String minorUnit) {
    return minor == 0 ? major + majorUnit : major + majorUnit + minor + minorUnit;
  }
}
