// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import org.jspecify.annotations.Nullable;

/**
 * A number or a string, as ports and rollout budgets are written (intstr.IntOrString).
 *
 * @param text null where the value is a number
 */
public record IntOrString(int number, @Nullable String text) {

  /** A number. */
  public static IntOrString of(int number) {
    return new IntOrString(number, null);
  }

  /** A string: a port name or a percentage. */
  public static IntOrString of(String text) {
    return new IntOrString(0, text);
  }

  /** Whether this is a number. */
  public boolean isNumber() {
    return text == null;
  }

  @Override
  public String toString() {
    return text == null ? Integer.toString(number) : text;
  }
}
