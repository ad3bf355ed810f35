// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import com.google.re2j.Pattern;
import dev.fairway.dns.forward.ErrorLogOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the directives that concern the whole process, whichever server block they stand in. */
final class ProcessReader {
  private static final int HEALTH_PORT = 8080;
  private static final int READY_PORT = 8181;
  private static final int METRICS_PORT = 9153;
  private static final Duration MIN_INTERVAL = Duration.ofSeconds(2);
  private static final Duration MIN_JITTER = Duration.ofSeconds(1);

  private final Words words;
  private final Problems problems;
  private @Nullable InetSocketAddress health;
  private Duration lameduck = Duration.ZERO;
  private @Nullable InetSocketAddress ready;
  private boolean readyContinuously;
  private @Nullable InetSocketAddress metrics;
  private DnsConfig.@Nullable Reload reload;
  private ErrorLogOptions errors = ErrorLogOptions.OFF;
  private int maxUdpPayload;
  private int eventLoops;
  private String nsid = "";

  ProcessReader(Words words) {
    this.words = words;
    this.problems = words.problems();
  }

  DnsConfig.Process result() {
    return new DnsConfig.Process(
        health,
        lameduck,
        ready,
        readyContinuously,
        metrics,
        reload,
        errors,
        maxUdpPayload,
        eventLoops,
        nsid);
  }

  ErrorLogOptions errorLog() {
    return errors;
  }

  /** Reads a directive; false if it is none of these. */
  boolean read(Directive directive) {
    switch (directive.name()) {
      case "health" -> {
        health = socket(directive, health, new InetSocketAddress(HEALTH_PORT));
        for (Directive option : directive.children()) {
          if (!option.name().equals("lameduck")) {
            words.unknown(option, "lameduck");
          } else if (words.count(option, 1, 1)) {
            lameduck = words.duration(option, 0);
          }
        }
      }
      case "ready" -> {
        ready = socket(directive, ready, new InetSocketAddress(READY_PORT));
        directive.children().forEach(this::readyOption);
      }
      case "prometheus" -> {
        InetSocketAddress usual =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), METRICS_PORT);
        metrics = socket(directive, metrics, usual);
        for (Directive option : directive.children()) {
          if (option.name().equals("runtime_metrics")) {
            problems.warn(option.place(), "has no effect: there is no Go runtime");
          } else {
            words.unknown(option, "runtime_metrics");
          }
        }
      }
      case "reload" -> reload(directive);
      case "errors" -> errors(directive);
      case "bufsize" -> {
        words.noChildren(directive);
        maxUdpPayload = directive.args().isEmpty() ? 1232 : words.number(directive, 512, 4096);
      }
      case "multisocket" -> {
        words.noChildren(directive);
        eventLoops = directive.args().isEmpty() ? 0 : words.number(directive, 1, 1024);
      }
      case "nsid" -> {
        words.noChildren(directive);
        nsid = String.join(" ", directive.args());
        if (nsid.length() > 255) {
          problems.value(directive.place(), nsid, "at most 255 characters");
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private @Nullable InetSocketAddress socket(
      Directive directive, @Nullable InetSocketAddress last, InetSocketAddress usual) {
    if (!words.count(directive, 0, 1)) {
      return last;
    }
    InetSocketAddress address =
        directive.args().isEmpty()
            ? usual
            : words.socket(directive.place(), directive.args().getFirst());
    if (last != null && address != null && !last.equals(address)) {
      problems.add(directive.place(), "is at " + last + " in another server block");
    }
    return address;
  }

  private void readyOption(Directive option) {
    if (!option.name().equals("monitor")) {
      words.unknown(option, "monitor");
    } else if (words.count(option, 1, 1)) {
      switch (option.args().getFirst()) {
        case "until-ready" -> readyContinuously = false;
        case "continuously" -> readyContinuously = true;
        default ->
            problems.value(option.place(), option.args().getFirst(), "until-ready or continuously");
      }
    }
  }

  private void reload(Directive directive) {
    words.noChildren(directive);
    if (!words.count(directive, 0, 2)) {
      return;
    }
    Duration interval = DnsConfig.Reload.DEFAULT.interval();
    Duration jitter = DnsConfig.Reload.DEFAULT.jitter();
    if (!directive.args().isEmpty()) {
      interval = words.duration(directive, 0);
      if (interval.compareTo(MIN_INTERVAL) < 0) {
        problems.value(directive.place(), directive.args().getFirst(), "2s or more");
      }
    }
    if (directive.args().size() > 1) {
      jitter = words.duration(directive, 1);
      if (jitter.compareTo(MIN_JITTER) < 0) {
        problems.value(directive.place(), directive.args().get(1), "1s or more");
      }
    }
    Duration half = interval.dividedBy(2);
    reload = new DnsConfig.Reload(interval, jitter.compareTo(half) > 0 ? half : jitter);
  }

  private void errors(Directive directive) {
    words.count(directive, 0, 0);
    List<ErrorLogOptions.Consolidated> consolidated = new ArrayList<>();
    for (Directive option : directive.children()) {
      switch (option.name()) {
        // Faults of this program are always logged with their stack.
        case "stacktrace" -> words.count(option, 0, 0);
        case "consolidate" -> {
          ErrorLogOptions.Consolidated read = consolidated(option);
          if (read != null) {
            consolidated.add(read);
          }
        }
        default -> words.unknown(option, "stacktrace, consolidate");
      }
    }
    errors = new ErrorLogOptions(true, consolidated);
  }

  private ErrorLogOptions.@Nullable Consolidated consolidated(Directive option) {
    if (!words.count(option, 2, 4)) {
      return null;
    }
    Duration period = words.duration(option, 0);
    Pattern pattern = words.pattern(option.place(), option.args().get(1));
    System.Logger.Level level = System.Logger.Level.ERROR;
    boolean showFirst = false;
    for (String word : option.args().subList(2, option.args().size())) {
      switch (word.toLowerCase(Locale.ROOT)) {
        case "warning" -> level = System.Logger.Level.WARNING;
        case "error" -> level = System.Logger.Level.ERROR;
        case "info" -> level = System.Logger.Level.INFO;
        case "debug" -> level = System.Logger.Level.DEBUG;
        case "show_first" -> showFirst = true;
        default ->
            problems.value(option.place(), word, "warning, error, info, debug or show_first");
      }
    }
    return pattern == null
        ? null
        : new ErrorLogOptions.Consolidated(period, pattern, level, showFirst);
  }
}
