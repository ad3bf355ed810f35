// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.metrics.ForwardMetrics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Looks now and then whether a configuration file has changed, and hands on what it says then. A
 * file that cannot be used is reported once, and what was in force stays. Looks come from one
 * thread.
 */
public final class ConfigWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ConfigWatch.class.getName());

  private final Path file;
  private final ForwardMetrics metrics;
  private final Consumer<DnsConfig> apply;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("dns-config").factory());
  private byte[] last;

  /**
   * A watch of a file that was just read; it does not look before {@link #start}.
   *
   * @param apply is given each new configuration; when it throws, the old one counts as kept
   */
  public ConfigWatch(Path file, ForwardMetrics metrics, Consumer<DnsConfig> apply) {
    this.file = file;
    this.metrics = metrics;
    this.apply = apply;
    this.last = digest();
  }

  /** Begins to look. */
  public void start(DnsConfig.Reload reload, RandomGenerator random) {
    long jitter = reload.jitter().toNanos();
    long delay =
        reload.interval().toNanos() + (jitter == 0 ? 0 : random.nextLong(-jitter, jitter + 1));
    try {
      timer.schedule(
          () -> {
            look();
            start(reload, random);
          },
          delay,
          TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "closed");
    }
  }

  /** Looks once; whether there was something new. */
  boolean look() {
    byte[] digest = digest();
    if (Arrays.equals(digest, last)) {
      return false;
    }
    last = digest;
    try {
      DnsConfig config = DnsConfig.load(file);
      config.warnings().forEach(text -> LOG.log(System.Logger.Level.WARNING, text));
      apply.accept(config);
      metrics.reload(true);
      LOG.log(System.Logger.Level.INFO, () -> "configuration read again file=" + file);
    } catch (IOException | ConfigException | RuntimeException e) {
      metrics.reload(false);
      LOG.log(
          System.Logger.Level.ERROR,
          () -> "configuration not usable, the last one stays file=" + file + "\n" + e);
    }
    return true;
  }

  /** What tells one content from another; an unreadable file is one of its own. */
  private byte[] digest() {
    try {
      byte[] text = ConfigFile.read(file).getBytes(StandardCharsets.UTF_8);
      return MessageDigest.getInstance("SHA-256").digest(text);
    } catch (IOException e) {
      return new byte[0];
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
