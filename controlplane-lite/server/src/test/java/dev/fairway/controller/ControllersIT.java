// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.apiserver.ApiServerConfig;
import dev.fairway.kube.client.KubeClient;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;

/** The controllers against our own API server. */
@NullUnmarked
class ControllersIT extends ControllersScenario {
  @TempDir Path stateDir;
  private ApiServer server;

  @Override
  KubeClient connect() throws Exception {
    server = ApiServer.start(ApiServerConfig.loopback(stateDir, 0));
    return new KubeClient(
        server.localTransport("system:kube-controller-manager", List.of("system:masters")));
  }

  @Override
  void disconnect() {
    server.close();
  }
}
