// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import java.io.IOException;

/** The store cannot be opened or written; the message is one line for a person. */
public final class StoreException extends IOException {
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  public StoreException(String message) {
    super(message);
  }
}
