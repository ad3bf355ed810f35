// SPDX-License-Identifier: Apache-2.0
/**
 * Empties namespaces that are being deleted.
 *
 * <p>Starting point: {@link dev.fairway.controller.namespace.NamespaceController}.
 */
@NullMarked
package dev.fairway.controller.namespace;

import org.jspecify.annotations.NullMarked;
