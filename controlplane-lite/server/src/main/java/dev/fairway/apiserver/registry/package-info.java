// SPDX-License-Identifier: Apache-2.0
/**
 * The interfaces between the generic API server and the kinds that it serves: what a resource is,
 * how its objects are defaulted, validated, printed and admitted, and how failures are reported.
 * Everything works on JSON trees; strategies are pure functions, only {@link
 * dev.fairway.apiserver.registry.Admission} may look at stored objects.
 *
 * <p>The implementations live in {@code kinds}, {@code schema} and {@code patch}; {@code
 * Kinds.all()} lists the resources, {@code Kinds.admissions(serviceCidrs, nodePortFrom,
 * nodePortTo)} the admission steps in the order to run, {@code Schemas} is the {@link
 * dev.fairway.apiserver.registry.SchemaCatalog} and {@code Patches} the {@link
 * dev.fairway.apiserver.registry.ObjectPatcher}.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.registry.ResourceDescriptor}, {@link
 * dev.fairway.apiserver.registry.KindStrategy}, {@link
 * dev.fairway.apiserver.registry.StatusException}.
 */
@NullMarked
package dev.fairway.apiserver.registry;

import org.jspecify.annotations.NullMarked;
