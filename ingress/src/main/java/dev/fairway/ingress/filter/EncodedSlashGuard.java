// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;

/**
 * Answers 400 to paths with {@code %2F} or {@code %5C}, where who may pass depends on the path. To
 * the gateway these separate nothing; a backend that decodes them may find itself in a folder that
 * another rule guards.
 */
public record EncodedSlashGuard() implements RouteFilter {
  @Override
  public Outcome onRequest(RequestContext request) {
    if (!hasEncodedSlash(request.target().path())) {
      return Outcome.CONTINUE;
    }
    request.answer(400, "encoded slashes are not allowed here");
    return Outcome.ANSWERED;
  }

  private static boolean hasEncodedSlash(String path) {
    for (int i = path.indexOf('%'); i >= 0 && i + 2 < path.length(); i = path.indexOf('%', i + 1)) {
      char high = path.charAt(i + 1);
      char low = (char) (path.charAt(i + 2) | 0x20);
      if ((high == '2' && low == 'f') || (high == '5' && low == 'c')) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String describe() {
    return "paths with %2F or %5C are answered with 400";
  }
}
