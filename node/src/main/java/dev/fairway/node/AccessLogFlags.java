// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.ingress.accesslog.AccessLogFormat;
import dev.fairway.ingress.accesslog.AccessLogOptions;
import dev.fairway.ingress.accesslog.AccessLogOptions.StatusRange;
import dev.fairway.node.ingress.DaemonOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which requests are logged, and where. */
final class AccessLogFlags {
  @Option(
      names = "--access-log",
      paramLabel = "FILE|-|off",
      defaultValue = "off",
      description = "Log requests to a file or to the standard output (default: ${DEFAULT-VALUE}).")
  private String target = "off";

  @Option(
      names = "--access-log-format",
      paramLabel = "FORMAT",
      converter = Format.class,
      description =
          "json, common, combined, or upstreaminfo as ingress-nginx logs (default: json, or what"
              + " log-format-upstream of the ConfigMap says).")
  private @Nullable AccessLogFormat format;

  @Option(
      names = "--access-log-status",
      paramLabel = "RANGE",
      split = ",",
      converter = Status.class,
      description = "Log these statuses only, 404 or 500-599; may be given several times.")
  private List<StatusRange> statuses = List.of();

  @Option(
      names = "--access-log-min-duration",
      paramLabel = "DURATION",
      defaultValue = "0s",
      converter = Converters.NotNegativeDuration.class,
      description = "Log requests that take so long only (default: ${DEFAULT-VALUE}).")
  private Duration minDuration = Duration.ZERO;

  @Option(
      names = "--access-log-fields",
      paramLabel = "NAME",
      split = ",",
      description = "Header fields of requests that the json format tells, too (default: none).")
  private List<String> fields = List.of();

  DaemonOptions.@Nullable Log log() {
    if (target.equals("off")) {
      return null;
    }
    List<String> lower = fields.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    AccessLogFormat used = format == null ? AccessLogFormat.JSON : format;
    return new DaemonOptions.Log(
        new AccessLogOptions(used, statuses, minDuration, false, lower),
        target.equals("-") ? null : Path.of(target),
        format != null);
  }

  static final class Format implements ITypeConverter<AccessLogFormat> {
    @Override
    public AccessLogFormat convert(String text) {
      for (AccessLogFormat format : AccessLogFormat.values()) {
        if (format.name().toLowerCase(Locale.ROOT).equals(text)) {
          return format;
        }
      }
      throw new TypeConversionException(
          "'" + text + "': expected json, common, combined or upstreaminfo");
    }
  }

  static final class Status implements ITypeConverter<StatusRange> {
    @Override
    public StatusRange convert(String text) {
      try {
        return StatusRange.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + text + "': expected 404 or 500-599");
      }
    }
  }
}
