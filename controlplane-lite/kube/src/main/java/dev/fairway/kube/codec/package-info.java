// SPDX-License-Identifier: Apache-2.0
/**
 * JSON and YAML of the Kubernetes API to and from the records of {@link dev.fairway.kube.api}.
 *
 * <p>Starting points: {@link dev.fairway.kube.codec.KubeCodec}, {@link
 * dev.fairway.kube.codec.CodecException}.
 */
@NullMarked
package dev.fairway.kube.codec;

import org.jspecify.annotations.NullMarked;
