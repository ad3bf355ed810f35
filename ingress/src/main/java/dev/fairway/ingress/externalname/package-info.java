// SPDX-License-Identifier: Apache-2.0
/**
 * Services of type ExternalName: which addresses their names have, and which of these requests may
 * go to. Starting points: {@link dev.fairway.ingress.externalname.ExternalNames} and {@link
 * dev.fairway.ingress.externalname.AddressGuard}.
 */
@NullMarked
package dev.fairway.ingress.externalname;

import org.jspecify.annotations.NullMarked;
