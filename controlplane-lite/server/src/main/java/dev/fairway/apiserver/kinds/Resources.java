// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Resource requests and limits of a container. */
final class Resources {
  private static final Pattern QUANTITY =
      Pattern.compile("([+-]?[0-9.]{1,40})(?:([eE][-+]?[0-9]{1,3})|([numkKMGTPE]?i?))");
  private static final String DECIMAL = "num kMGTPE";
  private static final String BINARY = "KMGTPE";

  private Resources() {}

  static void validate(Problems problems, String path, JsonNode resources) {
    JsonNode limits = resources.path("limits");
    for (Map.Entry<String, JsonNode> limit : limits.properties()) {
      amount(problems, path + ".limits[" + limit.getKey() + "]", limit.getValue());
    }
    for (Map.Entry<String, JsonNode> request : resources.path("requests").properties()) {
      String name = request.getKey();
      BigDecimal wanted = amount(problems, path + ".requests[" + name + "]", request.getValue());
      BigDecimal limit = value(limits.path(name).asString(""));
      if (wanted != null && limit != null && wanted.compareTo(limit) > 0) {
        problems.invalid(
            path + ".requests",
            request.getValue(),
            "must be less than or equal to "
                + name
                + " limit of "
                + limits.path(name).asString(""));
      }
    }
  }

  private static @Nullable BigDecimal amount(Problems problems, String path, JsonNode node) {
    BigDecimal value = value(node.asString(""));
    if (value != null && value.signum() < 0) {
      problems.invalid(path, node, "must be greater than or equal to 0");
    }
    return value;
  }

  /** The number that a quantity such as 100m, 1Gi or 2e3 stands for; null if it is none. */
  static @Nullable BigDecimal value(String quantity) {
    Matcher parts = QUANTITY.matcher(quantity);
    if (!parts.matches()) {
      return null;
    }
    try {
      String exponent = parts.group(2);
      BigDecimal number = new BigDecimal(parts.group(1) + (exponent == null ? "" : exponent));
      String suffix = parts.group(3);
      if (suffix == null || suffix.isEmpty()) {
        return number;
      }
      if (suffix.length() == 2) {
        int power = BINARY.indexOf(suffix.charAt(0)) + 1;
        return power == 0 ? null : number.multiply(BigDecimal.valueOf(1024).pow(power));
      }
      int power = DECIMAL.indexOf(suffix.charAt(0)) - 3;
      return number.scaleByPowerOfTen(3 * power);
    } catch (NumberFormatException _) {
      return null;
    }
  }
}
