// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller;

import dev.fairway.controller.testing.FakeApi;
import dev.fairway.kube.client.KubeClient;
import java.time.InstantSource;

/** The controllers against an API server in memory. */
class ControllersTest extends ControllersScenario {
  private final FakeApi api = new FakeApi(InstantSource.system());

  @Override
  KubeClient connect() {
    return api.client();
  }

  @Override
  void disconnect() {
    api.close();
  }
}
