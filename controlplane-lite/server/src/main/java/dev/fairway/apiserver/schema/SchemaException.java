// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

/**
 * A value does not have the type its field needs; the message is the one Kubernetes puts into its
 * 400 answer.
 */
public final class SchemaException extends Exception {
  private static final long serialVersionUID = 1L;

  SchemaException(String message) {
    super(message);
  }
}
