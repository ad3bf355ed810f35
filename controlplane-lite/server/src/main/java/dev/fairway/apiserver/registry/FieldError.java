// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One thing that is wrong with one field; becomes a cause of a 422 Status. The texts are those of
 * Kubernetes' field.Error.
 *
 * @param field path such as {@code spec.ports[0].port}
 * @param badValue the value as it is to be shown (strings quoted, numbers plain, objects as JSON),
 *     null where the type shows none
 * @param detail what is expected, may be empty
 */
public record FieldError(Type type, String field, @Nullable String badValue, String detail) {

  /** The kinds of errors: the reason in the Status cause and the words in the message. */
  public enum Type {
    REQUIRED("FieldValueRequired", "Required value", false),
    INVALID("FieldValueInvalid", "Invalid value", true),
    NOT_SUPPORTED("FieldValueNotSupported", "Unsupported value", true),
    DUPLICATE("FieldValueDuplicate", "Duplicate value", true),
    NOT_FOUND("FieldValueNotFound", "Not found", true),
    FORBIDDEN("FieldValueForbidden", "Forbidden", false),
    TOO_LONG("FieldValueTooLong", "Too long", false),
    TOO_MANY("FieldValueTooMany", "Too many", true),
    TYPE_INVALID("FieldValueTypeInvalid", "Invalid value", true),
    INTERNAL("InternalError", "Internal error", false);

    private final String reason;
    private final String words;
    private final boolean showsValue;

    Type(String reason, String words, boolean showsValue) {
      this.reason = reason;
      this.words = words;
      this.showsValue = showsValue;
    }

    /** The reason of a Status cause. */
    public String reason() {
      return reason;
    }
  }

  public static FieldError required(String field, String detail) {
    return new FieldError(Type.REQUIRED, field, null, detail);
  }

  /** An invalid string. */
  public static FieldError invalid(String field, String badValue, String detail) {
    return new FieldError(Type.INVALID, field, quote(badValue), detail);
  }

  /** An invalid number. */
  public static FieldError invalid(String field, long badValue, String detail) {
    return new FieldError(Type.INVALID, field, Long.toString(badValue), detail);
  }

  /** An invalid value of any type: strings are quoted, others shown as JSON, absent as null. */
  public static FieldError invalid(String field, @Nullable JsonNode badValue, String detail) {
    return new FieldError(Type.INVALID, field, show(badValue), detail);
  }

  /** A string that is not one of those supported; the message lists them. */
  public static FieldError notSupported(String field, String badValue, List<String> supported) {
    StringBuilder detail = new StringBuilder();
    for (String value : supported) {
      detail.append(detail.isEmpty() ? "supported values: " : ", ").append(quote(value));
    }
    return new FieldError(Type.NOT_SUPPORTED, field, quote(badValue), detail.toString());
  }

  /** A value that was there already. */
  public static FieldError duplicate(String field, @Nullable JsonNode badValue) {
    return new FieldError(Type.DUPLICATE, field, show(badValue), "");
  }

  public static FieldError notFound(String field, String badValue) {
    return new FieldError(Type.NOT_FOUND, field, quote(badValue), "");
  }

  public static FieldError forbidden(String field, String detail) {
    return new FieldError(Type.FORBIDDEN, field, null, detail);
  }

  public static FieldError tooLong(String field, int max) {
    return new FieldError(Type.TOO_LONG, field, null, "may not be more than " + max + " bytes");
  }

  public static FieldError tooMany(String field, int actual, int max) {
    return new FieldError(
        Type.TOO_MANY, field, Integer.toString(actual), "must have at most " + max + " items");
  }

  /** The message without the field, as a Status cause carries it. */
  public String body() {
    String value = type.showsValue && badValue != null ? ": " + badValue : "";
    return type.words + value + (detail.isEmpty() ? "" : ": " + detail);
  }

  @Override
  public String toString() {
    return field + ": " + body();
  }

  private static String show(@Nullable JsonNode value) {
    if (value == null || value.isMissingNode()) {
      return "null";
    }
    return value.toString();
  }

  private static String quote(String s) {
    StringBuilder quoted = new StringBuilder(s.length() + 2).append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        case '\r' -> quoted.append("\\r");
        default -> quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
