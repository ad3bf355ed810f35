// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.SubResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is used of the answer of an authentication service.
 *
 * @param passed values for the backend, in the order in which their fields are listed; null for
 *     those that are not there
 * @param challenge WWW-Authenticate, or ""
 */
record AuthAnswer(
    int status, List<@Nullable String> passed, List<String> cookies, String challenge) {

  static AuthAnswer of(SubResponse response, List<String> wanted) {
    HttpFields fields = response.fields();
    List<@Nullable String> passed = new ArrayList<>(wanted.size());
    for (String lowerName : wanted) {
      passed.add(fields.combined(lowerName));
    }
    List<String> cookies = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.SET_COOKIE) {
        cookies.add(fields.value(i));
      }
    }
    String challenge = fields.get("www-authenticate");
    return new AuthAnswer(response.status(), passed, cookies, challenge == null ? "" : challenge);
  }
}
