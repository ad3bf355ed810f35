// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.FieldError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Collects what is wrong with one object, in order. Bounded: an object with thousands of bad
 * elements needs no list of all.
 */
final class Problems {
  static final String IMMUTABLE = "field is immutable";
  private static final int MAX = 200;

  private final List<FieldError> errors = new ArrayList<>();

  List<FieldError> list() {
    return List.copyOf(errors);
  }

  boolean isEmpty() {
    return errors.isEmpty();
  }

  void add(FieldError error) {
    if (errors.size() < MAX) {
      errors.add(error);
    }
  }

  void required(String path, String detail) {
    add(FieldError.required(path, detail));
  }

  void invalid(String path, String value, String detail) {
    add(FieldError.invalid(path, value, detail));
  }

  void invalid(String path, long value, String detail) {
    add(FieldError.invalid(path, value, detail));
  }

  void invalid(String path, @Nullable JsonNode value, String detail) {
    add(FieldError.invalid(path, value, detail));
  }

  void forbidden(String path, String detail) {
    add(FieldError.forbidden(path, detail));
  }

  void duplicate(String path, JsonNode value) {
    add(FieldError.duplicate(path, value));
  }

  void tooLong(String path, int max) {
    add(FieldError.tooLong(path, max));
  }

  void tooMany(String path, int actual, int max) {
    add(FieldError.tooMany(path, actual, max));
  }

  /**
   * NotSupported unless {@code value} is one of {@code supported}, which is in alphabetical order.
   */
  boolean oneOf(String path, String value, List<String> supported) {
    if (supported.contains(value)) {
      return true;
    }
    add(FieldError.notSupported(path, value, supported));
    return false;
  }

  /** Invalid with the problem that a syntax check found, if it found one. */
  void syntax(String path, String value, @Nullable String problem) {
    if (problem != null) {
      invalid(path, value, problem);
    }
  }

  void nonNegative(String path, JsonNode owner, String field) {
    long value = Tree.number(owner, field, 0);
    if (value < 0) {
      invalid(path + "." + field, value, "must be greater than or equal to 0");
    }
  }

  /** Immutable field: the error shows the new value. */
  void unchanged(String path, JsonNode next, JsonNode old) {
    if (!next.equals(old)) {
      invalid(path, next, IMMUTABLE);
    }
  }
}
