// SPDX-License-Identifier: Apache-2.0
/**
 * From records of the Kubernetes API to the model: the only place of the data plane that knows
 * both.
 *
 * <p>Starting points: {@link dev.fairway.service.source.ServiceTracker}, {@link
 * dev.fairway.service.source.ServiceTranslator}, {@link
 * dev.fairway.service.source.SliceTranslator}.
 */
@NullMarked
package dev.fairway.service.source;

import org.jspecify.annotations.NullMarked;
