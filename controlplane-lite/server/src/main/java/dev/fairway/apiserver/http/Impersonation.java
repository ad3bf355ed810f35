// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.StatusException;
import java.util.ArrayList;
import java.util.List;

/** Requests in the name of others, as {@code kubectl --as} sends them. */
final class Impersonation {
  private Impersonation() {}

  /**
   * In whose name a request is sent: the sender's own if it does not say so.
   *
   * @throws StatusException 403 if the sender may not do everything itself
   */
  static User userOf(Exchange exchange, User sender) throws StatusException {
    String name = exchange.header("Impersonate-User");
    String groups = exchange.header("Impersonate-Group");
    if (name == null || name.isEmpty()) {
      if (groups != null) {
        throw StatusException.badRequest(
            "requesting uid, groups or user-extra for user without impersonating a user");
      }
      return sender;
    }
    if (!Authorizer.isFull(sender)) {
      throw new StatusException(
          403,
          "Forbidden",
          "users \""
              + name
              + "\" is forbidden: User \""
              + sender.name()
              + "\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
          null);
    }
    List<String> all = new ArrayList<>();
    if (groups != null) {
      for (String group : groups.split(",", -1)) {
        all.add(group.strip());
      }
    }
    if (!all.contains("system:authenticated")) {
      all.add("system:authenticated");
    }
    return new User(name, all);
  }
}
