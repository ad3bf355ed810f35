// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;

/** Fetches container logs from nodes. */
public interface LogSource {
  /** A node's answer. */
  record Answer(int status, String contentType, InputStream body) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  /**
   * Asks a node.
   *
   * @throws IOException if it cannot be reached
   */
  Answer get(URI uri) throws IOException, InterruptedException;
}
