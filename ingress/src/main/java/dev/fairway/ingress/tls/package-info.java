// SPDX-License-Identifier: Apache-2.0
/**
 * Certificates by server name. Knows Secrets only as PEM text. Starting points: {@link
 * dev.fairway.ingress.tls.CertificateIndex}, {@link dev.fairway.ingress.tls.ServerTls}.
 */
@NullMarked
package dev.fairway.ingress.tls;

import org.jspecify.annotations.NullMarked;
