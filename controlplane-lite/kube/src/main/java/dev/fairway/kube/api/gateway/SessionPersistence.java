// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import org.jspecify.annotations.Nullable;

/**
 * How the requests of one client stay at one endpoint.
 *
 * @param sessionName of the cookie or header field; one of our choice where absent
 * @param absoluteTimeout a Go duration after which a session ends, or null for none
 * @param type Cookie (where absent) or Header
 */
public record SessionPersistence(
    @Nullable String sessionName,
    @Nullable String absoluteTimeout,
    @Nullable String type,
    @Nullable CookieConfig cookieConfig) {
  /**
   * What is special about cookies.
   *
   * @param lifetimeType Session (where absent), which ends with the browser, or Permanent
   */
  public record CookieConfig(@Nullable String lifetimeType) {}
}
