// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;

/**
 * The response to a {@link SubRequest}, without its body.
 *
 * @param status 0 where no backend responded, {@link #NOWHERE} where there is none of that name
 */
public record SubResponse(int status, HttpFields fields) {
  /** Nobody is there to be asked. */
  public static final int NOWHERE = -1;
}
