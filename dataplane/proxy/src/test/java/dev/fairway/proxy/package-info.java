// SPDX-License-Identifier: Apache-2.0
/** Tests of the parts that data planes share. */
@NullMarked
package dev.fairway.proxy;

import org.jspecify.annotations.NullMarked;
