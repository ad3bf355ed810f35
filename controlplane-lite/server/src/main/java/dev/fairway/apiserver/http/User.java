// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import java.util.List;

/** Who sends a request. */
public record User(String name, List<String> groups) {
  public User {
    groups = List.copyOf(groups);
  }

  boolean isIn(String group) {
    return groups.contains(group);
  }
}
