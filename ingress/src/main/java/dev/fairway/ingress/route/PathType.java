// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/** How a path of a route is compared with the path of a request. */
public enum PathType {
  /** Every character equal. */
  EXACT,
  /** Element by element: {@code /foo} matches {@code /foo} and {@code /foo/bar}, not /foobar. */
  PREFIX,
  /** An RE2 expression that must match from the start of the path, not necessarily to its end. */
  REGEX
}
