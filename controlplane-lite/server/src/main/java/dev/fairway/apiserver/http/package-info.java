// SPDX-License-Identifier: Apache-2.0
/**
 * The Kubernetes API over HTTP: routing, who may do what, verbs, encodings. One blocking call per
 * request on a virtual thread; Jetty and the in-process transport call the same handlers.
 *
 * <p>Starting points: {@link dev.fairway.apiserver.http.ApiHandler}, {@link
 * dev.fairway.apiserver.http.Exchange}, {@link dev.fairway.apiserver.http.RequestInfo}.
 */
@NullMarked
package dev.fairway.apiserver.http;

import org.jspecify.annotations.NullMarked;
