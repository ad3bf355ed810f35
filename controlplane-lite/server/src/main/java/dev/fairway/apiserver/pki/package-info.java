// SPDX-License-Identifier: Apache-2.0
/**
 * The certificates of a cluster: its authority, the serving certificate, client certificates.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.pki.ClusterCa}, {@link
 * dev.fairway.apiserver.pki.Credential}.
 */
@NullMarked
package dev.fairway.apiserver.pki;

import org.jspecify.annotations.NullMarked;
