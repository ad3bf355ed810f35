// SPDX-License-Identifier: Apache-2.0
/**
 * The annotations of ingress-nginx, read strictly and turned into filters and policies of routes.
 * Pure. Nothing a user writes here becomes configuration text: each value is parsed once, what
 * cannot be parsed is reported, and where the annotation guards something its paths are closed.
 * Starting points: {@link dev.fairway.ingress.translate.nginx.AnnotationCatalog}, {@link
 * dev.fairway.ingress.translate.nginx.IngressSettings}.
 */
@NullMarked
package dev.fairway.ingress.translate.nginx;

import org.jspecify.annotations.NullMarked;
