// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import org.jspecify.annotations.Nullable;

/** The object is not at the revision that the writer expected. Stackless: a normal outcome. */
public final class WriteConflictException extends Exception {
  private final transient @Nullable StoredObject current;

  WriteConflictException(@Nullable StoredObject current) {
    super("object is at another revision", null, false, false);
    this.current = current;
  }

  /** What is there, null if nothing. */
  public @Nullable StoredObject current() {
    return current;
  }
}
