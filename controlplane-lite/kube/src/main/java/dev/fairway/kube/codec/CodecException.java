// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import org.jspecify.annotations.Nullable;

/** Text that is not the object it should be; the message is one line and says where. */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CodecException(String message) {
    this(message, null);
  }

  public CodecException(String message, @Nullable Throwable cause) {
    super(message.replaceAll("\\s*\\R\\s*", " "), cause);
  }
}
