// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

/** A container that cannot be started the way it is described; the worker tries again later. */
final class ContainerConfigException extends Exception {
  private static final long serialVersionUID = 1L;
  private final String reason;

  /**
   * A reason as {@code kubectl get pods} shows it, and a sentence.
   *
   * @param reason such as CreateContainerConfigError or ErrImagePull
   */
  ContainerConfigException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }

  /** The sentence; never null. */
  String detail() {
    return String.valueOf(getMessage());
  }
}
