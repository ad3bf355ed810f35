// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.filter.PasswordChecks.Result;
import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.route.Credentials;
import dev.fairway.ingress.route.RequestContext;
import java.util.Map;

/**
 * Basic authentication (RFC 7617). The backend does not get the credentials.
 *
 * @param realm without quotes and backslashes
 * @param users the hash of the password by user
 * @param checks where passwords are checked
 */
public record BasicAuth(String realm, Map<String, String> users, PasswordChecks checks)
    implements AccessCheck {
  public BasicAuth {
    users = Map.copyOf(users);
  }

  @Override
  public void decide(RequestContext request, Verdict verdict) {
    Credentials given = Credentials.parse(request.head().fields().get(Field.AUTHORIZATION));
    if (given == null) {
      refuse(request, verdict);
      return;
    }
    String known = users.get(given.user());
    if (known == null && users.isEmpty()) {
      refuse(request, verdict);
      return;
    }
    // An unknown user takes as long as a known one.
    String hash = known == null ? users.values().iterator().next() : known;
    checks.check(
        hash,
        given.password(),
        request.eventLoop(),
        result -> {
          boolean right = result == Result.RIGHT && known == null;
          decided(right ? Result.WRONG : result, request, verdict);
        });
  }

  private void decided(Result result, RequestContext request, Verdict verdict) {
    switch (result) {
      case RIGHT -> {
        request.head().fields().remove(Field.AUTHORIZATION);
        verdict.admit();
      }
      case WRONG -> refuse(request, verdict);
      case BUSY -> verdict.refuse(() -> request.answer(503, "too many passwords to check"));
    }
  }

  private void refuse(RequestContext request, Verdict verdict) {
    verdict.refuse(() ->
        request.answer(
            401,
            "authentication is required",
            fields -> fields.add("WWW-Authenticate", "Basic realm=\"" + realm + "\"")));
  }

  @Override
  public String describe() {
    return "user and password are asked for, " + users.size() + " users are known";
  }

  @Override
  public String toString() {
    return "BasicAuth[" + realm + ", " + users.keySet() + "]";
  }
}
