// SPDX-License-Identifier: Apache-2.0
/**
 * Publishes the pods behind each Service as EndpointSlices.
 *
 * <p>Starting points: {@link dev.fairway.controller.endpointslice.EndpointSliceController}, {@link
 * dev.fairway.controller.endpointslice.ServiceEndpoints}, {@link
 * dev.fairway.controller.endpointslice.SlicePlan}.
 */
@NullMarked
package dev.fairway.controller.endpointslice;

import org.jspecify.annotations.NullMarked;
