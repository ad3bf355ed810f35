// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.replicaset;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Several API calls at the same time. */
final class PodBatch {
  private PodBatch() {}

  /** One call. */
  interface Call {
    Pod run() throws KubeApiException, IOException, InterruptedException;
  }

  /**
   * Makes the same call several times.
   *
   * @param onFailure told about the first failure before it is thrown
   * @return what was answered, if all calls succeeded
   */
  static List<Pod> run(int times, Call call, Consumer<Exception> onFailure)
      throws KubeApiException, IOException, InterruptedException {
    List<Pod> answers = new ArrayList<>(times);
    if (times == 1) {
      try {
        answers.add(call.run());
      } catch (KubeApiException | IOException e) {
        onFailure.accept(e);
        throw e;
      }
      return answers;
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Pod>> futures = new ArrayList<>(times);
      for (int i = 0; i < times; i++) {
        futures.add(threads.submit(call::run));
      }
      ExecutionException failure = null;
      for (Future<Pod> future : futures) {
        try {
          answers.add(future.get());
        } catch (ExecutionException e) {
          failure = failure == null ? e : failure;
        }
      }
      if (failure != null) {
        throw unwrap(failure, onFailure);
      }
      return answers;
    }
  }

  private static IOException unwrap(ExecutionException failure, Consumer<Exception> onFailure)
      throws KubeApiException, IOException, InterruptedException {
    switch (failure.getCause()) {
      case KubeApiException e -> {
        onFailure.accept(e);
        throw e;
      }
      case IOException e -> {
        onFailure.accept(e);
        return e;
      }
      case InterruptedException e -> throw e;
      case RuntimeException e -> throw e;
      case null, default -> throw new IllegalStateException(failure);
    }
  }
}
