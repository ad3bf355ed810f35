// SPDX-License-Identifier: Apache-2.0

/**
 * Field schemas of every kind the API server serves: unknown-field, duplicate-field and type
 * checks, strategic merge metadata and OpenAPI v3 documents.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.schema.Schemas} finds a kind's schema, {@link
 * dev.fairway.apiserver.schema.KindSchemas} checks objects and answers OpenAPI requests. The data
 * in {@code fields.json} and {@code descriptions.json} comes from a Kubernetes API server's own
 * OpenAPI document through {@code src/schema/convert.py}.
 */
@NullMarked
package dev.fairway.apiserver.schema;

import org.jspecify.annotations.NullMarked;
