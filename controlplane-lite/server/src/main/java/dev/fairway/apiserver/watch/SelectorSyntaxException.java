// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

/** A selector that does not follow the grammar; the message says where. Stackless. */
public final class SelectorSyntaxException extends Exception {
  SelectorSyntaxException(String message) {
    super(message, null, false, false);
  }
}
