// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

/** A connection that can be asked to end without breaking off a request. */
interface Drainable {
  /** Takes no new request, ends as soon as none is being handled. On its event loop. */
  void drain();
}
