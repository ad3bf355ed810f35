// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.node.cluster.EnvironmentException;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which API server a daemon talks to. */
final class KubeconfigOption {
  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      required = true,
      description = "How to reach the API server.")
  private Path kubeconfig = Path.of("");

  ApiTransport connect() throws EnvironmentException {
    try {
      return KubeConfig.load(kubeconfig).transport();
    } catch (IOException e) {
      throw new EnvironmentException(
          "kubeconfig " + kubeconfig + " cannot be used: " + Causes.text(e), e);
    }
  }
}
