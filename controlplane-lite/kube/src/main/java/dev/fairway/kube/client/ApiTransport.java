// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.IOException;

/** Carries requests to one API server: over TLS, or within the process. Thread-safe. */
public interface ApiTransport extends AutoCloseable {

  /**
   * Sends a request and waits for the status line and headers, whatever the status is.
   *
   * @throws IOException if the server cannot be reached or answers no HTTP
   * @throws InterruptedException if the calling thread is interrupted while it waits
   */
  ApiResponse exchange(ApiRequest request) throws IOException, InterruptedException;

  /** Ends the connections; requests that are under way may fail. */
  @Override
  void close();
}
