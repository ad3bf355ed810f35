// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

/**
 * Why something cannot be served.
 *
 * @param reason of a condition
 * @param message for people
 */
record Problem(String reason, String message) {}
