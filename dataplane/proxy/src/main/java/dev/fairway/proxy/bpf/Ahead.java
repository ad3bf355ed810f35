// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a function gives for each index of a range, computed by the other cores ahead of the one
 * thread that takes it, which computes what nobody has begun yet. What comes out, and in which
 * order, does not depend on how many cores there are. A short range is computed as it is taken, by
 * the thread that takes: a single change meets no other thread. To be used by one thread; the
 * function by several at once.
 *
 * @param <T> what the function gives
 */
final class Ahead<T> {
  /** Shorter ranges are not worth waking anybody. */
  static final int WORTHWHILE = 1024;

  private static final int CHUNK = 256;

  private final int size;
  private final IntFunction<T> function;
  private final List<@Nullable Chunk<T>> chunks;
  private int next;

  private Ahead(int size, IntFunction<T> function, int chunks) {
    this.size = size;
    this.function = function;
    this.chunks = new ArrayList<>(chunks);
  }

  /**
   * Begins.
   *
   * @param size of the range; the first index is 0
   * @param function depends on nothing but the index and what nobody modifies meanwhile
   */
  static <T> Ahead<T> of(int size, IntFunction<T> function) {
    ForkJoinPool pool = ForkJoinPool.commonPool();
    int chunks = size < WORTHWHILE ? 0 : (size + CHUNK - 1) / CHUNK;
    Ahead<T> ahead = new Ahead<>(size, function, chunks);
    for (int i = 0; i < chunks; i++) {
      Chunk<T> chunk = new Chunk<>(i * CHUNK, Math.min(size, (i + 1) * CHUNK), function);
      ahead.chunks.add(chunk);
      pool.execute(chunk.task);
    }
    return ahead;
  }

  /** Whether there is an index that was not taken. */
  boolean hasNext() {
    return next < size;
  }

  /**
   * What the function gives for the next index, or the exception that it throws for just that one;
   * the indices after it can be taken all the same.
   */
  T next() {
    int index = next++;
    if (chunks.isEmpty()) {
      return function.apply(index);
    }
    Chunk<T> chunk = chunks.get(index / CHUNK);
    if (chunk == null) {
      throw new IllegalStateException("taken before: " + index);
    }
    if (index + 1 == chunk.to) {
      // So that what was taken need not stay until the end.
      chunks.set(index / CHUNK, null);
    }
    return chunk.get(index);
  }

  private static final class Chunk<T> {
    final FutureTask<List<Outcome<T>>> task;
    final int from;
    final int to;

    Chunk(int from, int to, IntFunction<T> function) {
      this.from = from;
      this.to = to;
      task = new FutureTask<>(() -> compute(from, to, function));
    }

    private static <T> List<Outcome<T>> compute(int from, int to, IntFunction<T> function) {
      List<Outcome<T>> outcomes = new ArrayList<>(to - from);
      for (int i = from; i < to; i++) {
        try {
          outcomes.add(new Outcome<>(Objects.requireNonNull(function.apply(i)), null));
        } catch (RuntimeException e) {
          outcomes.add(new Outcome<>(null, e));
        }
      }
      return outcomes;
    }

    T get(int index) {
      // Does nothing if another thread is at it or was.
      task.run();
      Outcome<T> outcome = await().get(index - from);
      T value = outcome.value;
      if (value == null) {
        throw Objects.requireNonNull(outcome.failure);
      }
      return value;
    }

    private List<Outcome<T>> await() {
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return task.get();
          } catch (InterruptedException _) {
            interrupted = true;
          }
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw new IllegalStateException(e.getCause());
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private record Outcome<T>(@Nullable T value, @Nullable RuntimeException failure) {}
}
