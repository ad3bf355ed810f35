// SPDX-License-Identifier: Apache-2.0

/**
 * The tables that {@code kubectl get} shows, column by column as Kubernetes prints them.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.printer.Printers} has one printer per kind.
 */
@NullMarked
package dev.fairway.apiserver.printer;

import org.jspecify.annotations.NullMarked;
