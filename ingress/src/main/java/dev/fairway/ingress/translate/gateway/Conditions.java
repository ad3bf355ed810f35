// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.kube.api.Condition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The conditions of one object or part while they are collected. Not thread-safe. */
final class Conditions {
  static final String ACCEPTED = "Accepted";
  static final String PROGRAMMED = "Programmed";
  static final String RESOLVED_REFS = "ResolvedRefs";
  static final String CONFLICTED = "Conflicted";

  private final long generation;
  private final Map<String, Condition> byType = new LinkedHashMap<>();

  /**
   * @param generation of the object whose status this is
   */
  Conditions(long generation) {
    this.generation = generation;
  }

  void set(String type, boolean status, String reason, String message) {
    byType.put(
        type,
        new Condition(
            type, status ? "True" : "False", reason, message, null, null, null, generation));
  }

  /** Sets a condition to False, unless it is False for an earlier reason. */
  void fail(String type, String reason, String message) {
    Condition present = byType.get(type);
    if (present == null || present.isTrue()) {
      set(type, false, reason, message);
    }
  }

  /** Sets a condition to True where nothing was said yet. */
  void defaultTrue(String type, String reason, String message) {
    if (!byType.containsKey(type)) {
      set(type, true, reason, message);
    }
  }

  /** Whether nothing speaks against the condition. */
  boolean holds(String type) {
    Condition present = byType.get(type);
    return present == null || present.isTrue();
  }

  @Nullable Condition get(String type) {
    return byType.get(type);
  }

  List<Condition> list() {
    return List.copyOf(new ArrayList<>(byType.values()));
  }
}
