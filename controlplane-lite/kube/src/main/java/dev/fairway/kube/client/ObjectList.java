// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.util.List;

/**
 * All objects of a LIST.
 *
 * @param resourceVersion the state of the server that the list shows
 * @param items the objects that could be decoded
 */
public record ObjectList<T>(String resourceVersion, List<T> items) {}
