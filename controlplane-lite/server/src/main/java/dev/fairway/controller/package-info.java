// SPDX-License-Identifier: Apache-2.0
/**
 * The controllers of the compact control plane, one package each, and what starts them together.
 *
 * <p>Starting points: {@link dev.fairway.controller.ControllerManager}, {@link
 * dev.fairway.controller.runtime.Reconciler}.
 */
@NullMarked
package dev.fairway.controller;

import org.jspecify.annotations.NullMarked;
