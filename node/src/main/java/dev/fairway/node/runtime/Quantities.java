// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/** Kubernetes quantities such as {@code 500m}, {@code 1Gi} and {@code 2e3} as whole numbers. */
final class Quantities {
  private static final Map<String, BigDecimal> UNITS =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("1e-9")),
          Map.entry("u", new BigDecimal("1e-6")),
          Map.entry("m", new BigDecimal("1e-3")),
          Map.entry("", BigDecimal.ONE),
          Map.entry("k", new BigDecimal("1e3")),
          Map.entry("M", new BigDecimal("1e6")),
          Map.entry("G", new BigDecimal("1e9")),
          Map.entry("T", new BigDecimal("1e12")),
          Map.entry("P", new BigDecimal("1e15")),
          Map.entry("Ki", BigDecimal.TWO.pow(10)),
          Map.entry("Mi", BigDecimal.TWO.pow(20)),
          Map.entry("Gi", BigDecimal.TWO.pow(30)),
          Map.entry("Ti", BigDecimal.TWO.pow(40)),
          Map.entry("Pi", BigDecimal.TWO.pow(50)));

  private Quantities() {}

  /**
   * The quantity in whole units, rounded up, as resourceFieldRef has it.
   *
   * @throws NumberFormatException if the text is no quantity
   */
  static long roundedUp(String text) {
    int digits = text.length();
    while (digits > 0 && Character.isLetter(text.charAt(digits - 1))) {
      digits--;
    }
    BigDecimal unit = UNITS.get(text.substring(digits));
    if (unit == null) {
      throw new NumberFormatException("no quantity: " + text);
    }
    return new BigDecimal(text.substring(0, digits))
        .multiply(unit)
        .setScale(0, RoundingMode.CEILING)
        .longValueExact();
  }
}
