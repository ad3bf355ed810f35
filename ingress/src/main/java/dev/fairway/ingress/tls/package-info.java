// SPDX-License-Identifier: Apache-2.0
/**
 * Who answers a TLS handshake, by server name, and how clients prove who they are. Knows Secrets
 * only as PEM text. Starting points: {@link dev.fairway.ingress.tls.ServerTls}, {@link
 * dev.fairway.ingress.tls.TlsTable}.
 */
@NullMarked
package dev.fairway.ingress.tls;

import org.jspecify.annotations.NullMarked;
