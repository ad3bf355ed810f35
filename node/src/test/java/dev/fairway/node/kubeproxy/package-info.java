// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.fairway.node.kubeproxy;

import org.jspecify.annotations.NullMarked;
