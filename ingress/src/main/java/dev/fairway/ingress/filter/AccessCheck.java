// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;

/** A check that can say yes without an answer to the client where it says no. */
interface AccessCheck {
  /** Whether the request may pass by what is known now. */
  boolean admitsAtOnce(RequestContext request);
}
