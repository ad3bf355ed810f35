// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

/** A revision is older than what is kept. Stackless: a normal outcome. */
public final class CompactedException extends Exception {
  private final long oldest;

  CompactedException(long asked, long oldest) {
    super("too old resource version: " + asked + " (" + oldest + ")", null, false, false);
    this.oldest = oldest;
  }

  /** The oldest revision that could be asked for. */
  public long oldest() {
    return oldest;
  }
}
