// SPDX-License-Identifier: Apache-2.0
/**
 * Ingress, IngressClass and Secret objects compiled to routes and certificates, with what is wrong
 * with them in words. Pure. Starting points: {@link
 * dev.fairway.ingress.translate.IngressTranslator}, {@link
 * dev.fairway.ingress.translate.Translation}.
 */
@NullMarked
package dev.fairway.ingress.translate;

import org.jspecify.annotations.NullMarked;
