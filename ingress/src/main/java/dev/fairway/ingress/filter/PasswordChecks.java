// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Checks passwords beside the event loops, a few at a time, and remembers which were right: hashes
 * of passwords are made to be slow. Thread-safe.
 */
public final class PasswordChecks {
  /** What became of a check. */
  public enum Result {
    RIGHT,
    WRONG,
    /** Too many checks wait; nothing was decided. */
    BUSY
  }

  private static final int MAX_WAITING = 256;
  private static final int MAX_REMEMBERED = 10_000;

  private final byte[] salt;
  private final Semaphore running =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<String, Boolean> right = new ConcurrentHashMap<>();

  /**
   * @param salt secret, so that what is remembered tells nobody a password
   */
  public PasswordChecks(byte[] salt) {
    this.salt = salt.clone();
  }

  /**
   * Checks a password.
   *
   * @param loop where to call back
   * @param then called once, at once where the answer is known
   */
  void check(String hash, String password, Executor loop, Consumer<Result> then) {
    String key = key(hash, password);
    if (right.containsKey(key)) {
      then.accept(Result.RIGHT);
      return;
    }
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      then.accept(Result.BUSY);
      return;
    }
    Thread.startVirtualThread(() -> {
      Result result = compare(key, hash, password);
      loop.execute(() -> then.accept(result));
    });
  }

  private Result compare(String key, String hash, String password) {
    running.acquireUninterruptibly();
    try {
      if (!PasswordHash.matches(hash, password)) {
        return Result.WRONG;
      }
      if (right.size() >= MAX_REMEMBERED) {
        right.clear();
      }
      right.put(key, true);
      return Result.RIGHT;
    } finally {
      running.release();
      waiting.decrementAndGet();
    }
  }

  private String key(String hash, String password) {
    MessageDigest digest = PasswordHash.newDigest("SHA-256");
    digest.update(salt);
    digest.update(hash.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    digest.update(password.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }
}
