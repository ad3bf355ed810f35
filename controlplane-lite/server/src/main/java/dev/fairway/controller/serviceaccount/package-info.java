// SPDX-License-Identifier: Apache-2.0
/**
 * The ServiceAccount that each namespace has.
 *
 * <p>Starting points: {@link dev.fairway.controller.serviceaccount.ServiceAccountController}.
 */
@NullMarked
package dev.fairway.controller.serviceaccount;

import org.jspecify.annotations.NullMarked;
