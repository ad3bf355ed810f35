// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

/** A rule asks for something that is not served. Thrown and caught within the compilation. */
final class InvalidRuleException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  InvalidRuleException(String reason, String message) {
    super(message, null, false, false);
    problem = new Problem(reason, message);
  }

  Problem problem() {
    return problem;
  }
}
