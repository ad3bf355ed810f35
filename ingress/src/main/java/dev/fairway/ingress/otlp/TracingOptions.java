// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import dev.fairway.ingress.trace.Tracer;

/**
 * How a gateway traces.
 *
 * @param traces which requests are part of which traces, and sampled
 * @param collector where their spans go
 */
public record TracingOptions(Tracer.Options traces, OtlpOptions collector) {}
