// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

/** The messages of an error and of what caused it as one line. */
final class Causes {
  private static final int MAX = 4;

  private Causes() {}

  static String text(Throwable error) {
    StringBuilder text = new StringBuilder(String.valueOf(error.getMessage()));
    Throwable cause = error.getCause();
    for (int i = 0; cause != null && i < MAX; i++) {
      String message = cause.getMessage();
      if (message != null && text.indexOf(message) < 0) {
        text.append(": ").append(message);
      }
      cause = cause.getCause();
    }
    return text.toString().replace('\n', ' ');
  }
}
