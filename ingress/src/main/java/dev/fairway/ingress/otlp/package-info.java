// SPDX-License-Identifier: Apache-2.0
/**
 * Spans of sampled requests on their way to a collector: OTLP over HTTP with protobuf
 * (opentelemetry.io/docs/specs/otlp), named by the semantic conventions for HTTP. Starting points:
 * {@link dev.fairway.ingress.otlp.SpanExport}, {@link dev.fairway.ingress.otlp.OtlpOptions}.
 */
@NullMarked
package dev.fairway.ingress.otlp;

import org.jspecify.annotations.NullMarked;
