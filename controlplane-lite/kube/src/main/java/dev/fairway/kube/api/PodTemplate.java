// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

/**
 * A pod template, kept whole as the JSON tree that pods are stamped from; controllers must not lose
 * fields that this package has no record for.
 *
 * @param json canonical JSON text of the template ({@code metadata} and {@code spec})
 */
public record PodTemplate(String json) {}
