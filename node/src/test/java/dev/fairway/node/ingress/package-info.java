// SPDX-License-Identifier: Apache-2.0
/** The gateway as a daemon, against an API server in this process. */
@org.jspecify.annotations.NullMarked
package dev.fairway.node.ingress;
