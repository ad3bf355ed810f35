// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.forward.CachePolicy;
import java.time.Duration;
import java.util.List;

/** Reads a {@code cache} directive. */
final class CacheReader {
  private static final String ALLOWED =
      "success, denial, prefetch, serve_stale, serve_stale_policy, servfail, disable, keepttl";
  private static final int MAX_TTL = Integer.MAX_VALUE;

  private final Words words;
  private final Problems problems;
  private CachePolicy.Bounds positive = CachePolicy.Bounds.upTo(3600);
  private CachePolicy.Bounds negative = CachePolicy.Bounds.upTo(1800);
  private int failureTtl = 5;
  private int capacity;
  private CachePolicy.Prefetch prefetch = CachePolicy.Prefetch.NONE;
  private CachePolicy.Stale stale = CachePolicy.Stale.NONE;
  private boolean keepTtl;
  private boolean preferPositive;

  CacheReader(Words words) {
    this.words = words;
    this.problems = words.problems();
  }

  /**
   * What was read.
   *
   * @param capacity responses, 0 where the file does not say
   */
  record Result(CachePolicy policy, int capacity) {}

  Result read(Directive directive, List<String> blockZones) {
    List<String> args = directive.args();
    boolean hasTtl = !args.isEmpty() && args.getFirst().chars().allMatch(Character::isDigit);
    List<String> zones = words.zones(directive.place(), args.subList(hasTtl ? 1 : 0, args.size()));
    if (hasTtl) {
      int ttl = words.number(directive, 0, 1, MAX_TTL);
      positive = new CachePolicy.Bounds(0, Math.min(ttl, 3600), zones, List.of());
      negative = new CachePolicy.Bounds(0, Math.min(ttl, 1800), zones, List.of());
    } else {
      positive = new CachePolicy.Bounds(0, 3600, zones, List.of());
      negative = new CachePolicy.Bounds(0, 1800, zones, List.of());
    }
    for (Directive option : directive.children()) {
      words.noChildren(option);
      option(option, blockZones);
    }
    CachePolicy.Stale used =
        new CachePolicy.Stale(
            stale.max(), stale.patience(), stale.ttl(), stale.recheck(), preferPositive);
    return new Result(
        new CachePolicy(positive, negative, failureTtl, prefetch, used, keepTtl), capacity);
  }

  private void option(Directive option, List<String> blockZones) {
    switch (option.name()) {
      case "success" -> positive = bounds(option, positive);
      case "denial" -> negative = bounds(option, negative);
      case "prefetch" -> prefetch = prefetch(option);
      case "serve_stale" -> stale = stale(option);
      case "serve_stale_policy" -> {
        preferPositive = words.count(option, 1, 1);
        if (preferPositive && !option.args().getFirst().equals("prefer_positive")) {
          problems.value(option.place(), option.args().getFirst(), "prefer_positive");
        }
      }
      case "servfail" -> {
        if (words.count(option, 1, 1)) {
          failureTtl = (int) seconds(option, 0, 300);
        }
      }
      case "disable" -> disable(option, blockZones);
      case "keepttl" -> keepTtl = words.count(option, 0, 0);
      default -> words.unknown(option, ALLOWED);
    }
  }

  private CachePolicy.Bounds bounds(Directive option, CachePolicy.Bounds last) {
    if (!words.count(option, 1, 3)) {
      return last;
    }
    capacity += words.number(option, 0, 0, 100_000_000);
    int max = option.args().size() > 1 ? words.number(option, 1, 1, MAX_TTL) : last.maxTtl();
    int min = option.args().size() > 2 ? words.number(option, 2, 0, MAX_TTL) : 0;
    if (min > max) {
      problems.value(option.place(), "" + min, "at most the largest TTL, " + max);
      min = max;
    }
    return new CachePolicy.Bounds(min, max, last.only(), last.except());
  }

  private CachePolicy.Prefetch prefetch(Directive option) {
    CachePolicy.Prefetch read = CachePolicy.Prefetch.NONE;
    if (!words.count(option, 1, 3)) {
      return read;
    }
    int hits = words.number(option, 0, 0, Integer.MAX_VALUE);
    Duration window = option.args().size() > 1 ? words.duration(option, 1) : read.window();
    int percent = read.percent();
    if (option.args().size() > 2) {
      String word = option.args().get(2);
      String digits = word.endsWith("%") ? word.substring(0, word.length() - 1) : "";
      percent = digits.matches("[1-9][0-9]") ? Integer.parseInt(digits) : 0;
      if (percent < 10 || percent > 90) {
        problems.value(option.place(), word, "10% to 90%");
        percent = read.percent();
      }
    }
    return new CachePolicy.Prefetch(hits, window, percent);
  }

  /** {@code [DURATION] [immediate [TTL [RECHECK]] | verify [WAIT [TTL [RECHECK]]]]}. */
  private CachePolicy.Stale stale(Directive option) {
    if (!words.count(option, 0, 5)) {
      return CachePolicy.Stale.NONE;
    }
    List<String> args = option.args();
    int at = 0;
    Duration max = Duration.ofHours(1);
    if (!args.isEmpty() && Words.tryDuration(args.getFirst()) != null) {
      max = words.duration(option, at++);
      if (!max.isPositive()) {
        problems.value(option.place(), args.getFirst(), "more than zero");
      }
    }
    Duration wait = Duration.ZERO;
    if (at < args.size()) {
      String mode = args.get(at++);
      if (mode.equals("verify")) {
        wait = at < args.size() ? words.duration(option, at++) : Duration.ZERO;
        wait = wait.isZero() ? Duration.ofSeconds(10) : wait;
      } else if (!mode.equals("immediate")) {
        problems.value(option.place(), mode, "immediate or verify");
      }
    }
    int ttl = at < args.size() ? (int) seconds(option, at++, Integer.MAX_VALUE) : 0;
    Duration recheck = at < args.size() ? words.duration(option, at++) : Duration.ZERO;
    if (at < args.size()) {
      problems.value(option.place(), args.get(at), "nothing more");
    }
    return new CachePolicy.Stale(max, wait, ttl, recheck, false);
  }

  private long seconds(Directive option, int index, long max) {
    Duration duration = words.duration(option, index);
    if (duration.toNanosPart() != 0 || duration.toSeconds() > max) {
      problems.value(
          option.place(), option.args().get(index), "whole seconds, at most " + max + "s");
      return 0;
    }
    return duration.toSeconds();
  }

  private void disable(Directive option, List<String> blockZones) {
    if (!words.count(option, 1, Integer.MAX_VALUE)) {
      return;
    }
    List<String> zones =
        words.zones(option.place(), option.args().subList(1, option.args().size()));
    List<String> off = zones.isEmpty() ? blockZones : zones;
    switch (option.args().getFirst()) {
      case "success" ->
          positive =
              new CachePolicy.Bounds(positive.minTtl(), positive.maxTtl(), positive.only(), off);
      case "denial" ->
          negative =
              new CachePolicy.Bounds(negative.minTtl(), negative.maxTtl(), negative.only(), off);
      default -> problems.value(option.place(), option.args().getFirst(), "success or denial");
    }
  }
}
