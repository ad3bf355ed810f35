// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.node.kubeproxy.ConfigField.Kind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Values of fields from a file's tree and from a flag's text. */
final class ConfigValue {
  private ConfigValue() {}

  /**
   * The value in a file.
   *
   * @return null if the field is to have its default
   * @throws ConfigException if the node is of another type
   */
  static @Nullable Object of(ConfigField field, JsonNode node) throws ConfigException {
    if (node.isNull() || node.isMissingNode()) {
      return null;
    }
    return switch (field.kind) {
      case TEXT -> emptyToNull(text(field, node));
      case BOOL, OPTIONAL_BOOL -> {
        if (!node.isBoolean()) {
          throw mismatch(field, node);
        }
        yield node.booleanValue();
      }
      case INT -> zeroToNull(integer(field, node));
      case OPTIONAL_INT -> integer(field, node);
      case FLOAT -> {
        if (!node.isNumber()) {
          throw mismatch(field, node);
        }
        yield node.doubleValue() == 0 ? null : node.doubleValue();
      }
      case DURATION -> {
        Duration value = duration(field, text(field, node));
        yield value.isZero() ? null : value;
      }
      case OPTIONAL_DURATION -> duration(field, text(field, node));
      case LIST -> list(field, node);
      case GATES -> gates(field, node);
      case ANY -> node;
    };
  }

  private static @Nullable Object emptyToNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static @Nullable Object zeroToNull(long value) {
    return value == 0 ? null : value;
  }

  private static String text(ConfigField field, JsonNode node) throws ConfigException {
    if (!node.isString()) {
      throw mismatch(field, node);
    }
    return node.stringValue();
  }

  private static long integer(ConfigField field, JsonNode node) throws ConfigException {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw mismatch(field, node);
    }
    return node.intValue();
  }

  private static List<String> list(ConfigField field, JsonNode node) throws ConfigException {
    if (!node.isArray()) {
      throw mismatch(field, node);
    }
    List<String> values = new ArrayList<>();
    for (JsonNode item : node) {
      values.add(text(field, item));
    }
    return List.copyOf(values);
  }

  private static Map<String, Boolean> gates(ConfigField field, JsonNode node)
      throws ConfigException {
    if (!node.isObject()) {
      throw mismatch(field, node);
    }
    Map<String, Boolean> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> gate : node.properties()) {
      if (!gate.getValue().isBoolean()) {
        throw mismatch(field, gate.getValue());
      }
      values.put(gate.getKey(), gate.getValue().booleanValue());
    }
    return values;
  }

  private static ConfigException mismatch(ConfigField field, JsonNode node) {
    return new ConfigException(
        field.path + ": " + shown(node) + " found, expected a " + field.kind.words);
  }

  private static String shown(JsonNode node) {
    String text = node.toString();
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }

  /**
   * The value of a flag; an empty text is a value here.
   *
   * @throws ConfigException if the text means none
   */
  static Object ofFlag(ConfigField field, String text) throws ConfigException {
    return switch (field.kind) {
      case TEXT, ANY -> text;
      case BOOL, OPTIONAL_BOOL -> bool(field, text);
      case INT, OPTIONAL_INT -> {
        try {
          yield (long) Integer.decode(text);
        } catch (NumberFormatException e) {
          throw flagMismatch(field, text);
        }
      }
      case FLOAT -> {
        try {
          yield new BigDecimal(text).doubleValue();
        } catch (NumberFormatException e) {
          throw flagMismatch(field, text);
        }
      }
      case DURATION, OPTIONAL_DURATION -> duration(field, text);
      case LIST -> text.isEmpty() ? List.of() : Arrays.asList(text.split(",", -1));
      case GATES -> {
        Map<String, Boolean> gates = new LinkedHashMap<>();
        for (String gate : text.isEmpty() ? new String[0] : text.split(",", -1)) {
          int equal = gate.indexOf('=');
          if (equal < 1) {
            throw flagMismatch(field, text);
          }
          gates.put(gate.substring(0, equal).strip(), bool(field, gate.substring(equal + 1)));
        }
        yield gates;
      }
    };
  }

  /** Both values of a flag that was given twice: lists and maps grow, of others the last counts. */
  static Object joined(@Nullable Object before, Object now) {
    if (before instanceof List<?> first && now instanceof List<?> second) {
      List<Object> all = new ArrayList<>(first);
      all.addAll(second);
      return List.copyOf(all);
    }
    if (before instanceof Map<?, ?> first && now instanceof Map<?, ?> second) {
      Map<Object, Object> all = new LinkedHashMap<>(first);
      all.putAll(second);
      return all;
    }
    return now;
  }

  private static boolean bool(ConfigField field, String text) throws ConfigException {
    return switch (text.strip()) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw flagMismatch(field, text);
    };
  }

  private static Duration duration(ConfigField field, String text) throws ConfigException {
    Duration duration = GoTime.tryParse(text);
    if (duration == null) {
      throw new ConfigException(
          field.path + ": \"" + text + "\" found, expected a " + Kind.DURATION.words);
    }
    return duration;
  }

  private static ConfigException flagMismatch(ConfigField field, String text) {
    return new ConfigException(
        "invalid argument \""
            + text
            + "\" for --"
            + field.flag
            + ": expected a "
            + field.kind.words);
  }
}
