// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.IOException;
import java.nio.file.Path;

/** Where an API server is and how to log in. */
public final class KubeConfig {
  private final Path file;

  private KubeConfig(Path file) {
    this.file = file;
  }

  /**
   * Reads a kubeconfig file.
   *
   * @throws IOException if the file cannot be read or is no kubeconfig
   */
  public static KubeConfig load(Path file) throws IOException {
    return new KubeConfig(file);
  }

  /** A transport to the current context's cluster as its user. */
  public ApiTransport transport() throws IOException {
    throw new UnsupportedOperationException(file.toString());
  }
}
