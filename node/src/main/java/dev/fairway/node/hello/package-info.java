// SPDX-License-Identifier: Apache-2.0
/**
 * The built-in image {@code fairway.dev/hello}: a web server that says which pod answered.
 *
 * <p>Starting points: {@link dev.fairway.node.hello.Hello}.
 */
@NullMarked
package dev.fairway.node.hello;

import org.jspecify.annotations.NullMarked;
