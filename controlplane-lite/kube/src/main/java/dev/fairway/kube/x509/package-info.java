// SPDX-License-Identifier: Apache-2.0
/**
 * X.509 certificates with elliptic curve keys, made by Bouncy Castle, and the text form of
 * certificates and private keys.
 *
 * <p>Starting points: {@link dev.fairway.kube.x509.CertificateBuilder}, {@link
 * dev.fairway.kube.x509.Pem}.
 */
@NullMarked
package dev.fairway.kube.x509;

import org.jspecify.annotations.NullMarked;
