// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

/** What an attempt showed of its endpoint. */
public enum Outcome {
  /** It responded. */
  SUCCESS,
  /** It responded that it failed: a status of 500 and above. */
  SERVER_ERROR,
  /** No connection, no response, none in time, or one that cannot be understood. */
  FAILURE,
  /** Nothing: the client left first. */
  ABANDONED
}
