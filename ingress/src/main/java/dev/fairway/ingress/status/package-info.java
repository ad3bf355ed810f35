// SPDX-License-Identifier: Apache-2.0
/**
 * How statuses get to the API server, whatever kind of object they are of. Starting points: {@link
 * dev.fairway.ingress.status.StatusQueue}.
 */
@NullMarked
package dev.fairway.ingress.status;

import org.jspecify.annotations.NullMarked;
