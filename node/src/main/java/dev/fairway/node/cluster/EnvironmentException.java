// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

/**
 * Something outside of the program is not as it has to be: a port in use, a directory that cannot
 * be written. The message is one line for the user, with what to do.
 */
public final class EnvironmentException extends Exception {
  private static final long serialVersionUID = 1L;

  public EnvironmentException(String message) {
    super(message);
  }

  public EnvironmentException(String message, Throwable cause) {
    super(message, cause);
  }
}
