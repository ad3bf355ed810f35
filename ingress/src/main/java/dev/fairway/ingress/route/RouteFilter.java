// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/** A step between the match of a route and its action. */
public sealed interface RouteFilter {

  /**
   * Sends requests that came over plain HTTP to the same URL over HTTPS. The path of ACME's HTTP-01
   * challenge is exempt.
   *
   * @param status 301, 302, 303, 307 or 308
   */
  record HttpsRedirect(int status) implements RouteFilter {}
}
