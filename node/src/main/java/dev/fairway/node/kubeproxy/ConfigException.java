// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import java.io.IOException;

/** A configuration or command line that cannot be used; the message is one line for people. */
public final class ConfigException extends IOException {
  private static final long serialVersionUID = 1L;

  ConfigException(String message) {
    super(message);
  }

  ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
