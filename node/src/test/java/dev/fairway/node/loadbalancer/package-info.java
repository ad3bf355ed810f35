// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.fairway.node.loadbalancer;

import org.jspecify.annotations.NullMarked;
