// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Requests to an API server of this process that may still be starting: the first ones wait for it,
 * so that everything that talks to it can start at the same time. Thread-safe.
 */
final class LateTransport implements ApiTransport {
  private final CompletableFuture<ApiTransport> transport;

  LateTransport(CompletableFuture<ApiServer> server, String user, List<String> groups) {
    this.transport = server.thenApply(started -> started.localTransport(user, groups));
  }

  @Override
  public ApiResponse exchange(ApiRequest request) throws IOException, InterruptedException {
    try {
      return transport.get().exchange(request);
    } catch (ExecutionException e) {
      throw new IOException("the API server did not start", e.getCause());
    }
  }

  @Override
  public void close() {
    if (transport.isDone() && !transport.isCompletedExceptionally()) {
      transport.join().close();
    }
  }
}
