// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;

/** Values as hand-written decoders read them; a JSON null is as good as an absent field. */
final class Streaming {
  private static final int SHARED = 4096;
  private static final int LONGEST_SHARED = 128;
  // Races between threads are harmless: a slot holds one immutable string or another.
  private static final @Nullable String[] POOL = new String[SHARED];

  private Streaming() {}

  /** Reads the value that the parser stands on. */
  @FunctionalInterface
  interface Element<T> {
    T read(JsonParser in, DeserializationContext context);
  }

  static @Nullable String string(JsonParser in, DeserializationContext context) {
    JsonToken token = in.currentToken();
    if (token == JsonToken.VALUE_STRING) {
      return in.getString();
    }
    if (token == JsonToken.VALUE_NULL) {
      return null;
    }
    return token.isScalarValue()
        ? in.getString()
        : (String) context.handleUnexpectedToken(String.class, in);
  }

  /** A string that many objects have in common, such as the name of a node or zone. */
  static @Nullable String shared(JsonParser in, DeserializationContext context) {
    String text = string(in, context);
    if (text == null || text.length() > LONGEST_SHARED) {
      return text;
    }
    int slot = (text.hashCode() * 0x9E3779B9) >>> 20;
    String known = POOL[slot];
    if (text.equals(known)) {
      return known;
    }
    POOL[slot] = text;
    return text;
  }

  static @Nullable Boolean bool(JsonParser in, DeserializationContext context) {
    return switch (in.currentToken()) {
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NULL -> null;
      default -> (Boolean) context.handleUnexpectedToken(Boolean.class, in);
    };
  }

  static @Nullable Long number(JsonParser in, DeserializationContext context) {
    return switch (in.currentToken()) {
      case VALUE_NUMBER_INT -> in.getLongValue();
      case VALUE_NULL -> null;
      default -> (Long) context.handleUnexpectedToken(Long.class, in);
    };
  }

  static <T> List<T> list(
      JsonParser in, DeserializationContext context, Element<? extends @Nullable T> element) {
    if (in.currentToken() == JsonToken.VALUE_NULL) {
      return List.of();
    }
    require(JsonToken.START_ARRAY, in, context);
    List<T> items = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      T item = element.read(in, context);
      if (item != null) {
        items.add(item);
      }
    }
    return items;
  }

  static Map<String, String> map(JsonParser in, DeserializationContext context) {
    if (in.currentToken() == JsonToken.VALUE_NULL) {
      return Map.of();
    }
    require(JsonToken.START_OBJECT, in, context);
    Map<String, String> entries = new LinkedHashMap<>();
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      in.nextToken();
      String value = shared(in, context);
      if (value != null) {
        entries.put(name, value);
      }
    }
    return entries;
  }

  /** Whether an object starts here; false for null. */
  static boolean startsObject(JsonParser in, DeserializationContext context) {
    if (in.currentToken() == JsonToken.VALUE_NULL) {
      return false;
    }
    require(JsonToken.START_OBJECT, in, context);
    return true;
  }

  private static void require(JsonToken token, JsonParser in, DeserializationContext context) {
    if (in.currentToken() != token) {
      context.reportInputMismatch(Object.class, "expected %s, found %s", token, in.currentToken());
    }
  }
}
