// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.proxy.userspace.Rig.Ep;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Pods are replaced one by one, a hundred times a second, while clients call: each new pod is ready
 * before the oldest one terminates, and that one serves what it has accepted before it goes.
 */
class RollingUpdateIT {
  private static final String VIP = "127.96.13.10";
  private static final int PODS = 4;
  private static final int ADDRESSES = 200;
  private static final int REPLACEMENTS = 300;
  private static final int MILLIS_BETWEEN = 10;
  private static final int ROUNDS_OF_A_SESSION = 50;

  private final List<Integer> ports = freePorts(2);
  private final int port = ports.get(0);
  private final int target = ports.get(1);
  private final Rig rig = new Rig();
  private final Deque<TcpBackend> pods = new ArrayDeque<>();
  private final List<TcpBackend> gone = new ArrayList<>();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger sessions = new AtomicInteger();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private int next;

  @AfterEach
  void close() {
    rig.close();
    pods.forEach(TcpBackend::close);
    gone.forEach(TcpBackend::close);
  }

  @Test
  void nothingIsLost() throws Exception {
    for (int i = 0; i < PODS; i++) {
      startPod();
    }
    publish(null);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      clients.add(Thread.ofVirtual().start(() -> repeat(() -> talk(1), calls)));
      clients.add(
          Thread.ofVirtual().start(() -> repeat(() -> talk(ROUNDS_OF_A_SESSION), sessions)));
    }
    CountDownLatch pace = new CountDownLatch(1);
    for (int i = 0; i < REPLACEMENTS && failures.isEmpty(); i++) {
      startPod();
      TcpBackend old = pods.removeFirst();
      publish(old);
      publish(null);
      old.drain();
      gone.add(old);
      pace.await(MILLIS_BETWEEN, TimeUnit.MILLISECONDS);
    }
    stop.set(true);
    for (Thread client : clients) {
      client.join();
    }
    assertThat(failures).isEmpty();
    assertThat(calls).hasPositiveValue();
    assertThat(sessions).hasPositiveValue();
    assertThat(rig.metrics.dialFailures.sum()).isZero();
  }

  private void startPod() {
    pods.addLast(TcpBackend.named("127.64.13." + (1 + next++ % ADDRESSES), target));
  }

  /** The pods are ready, and one of them terminates. */
  private void publish(@Nullable TcpBackend terminating) {
    List<Ep> endpoints = new ArrayList<>();
    pods.forEach(pod -> endpoints.add(ready(pod.address)));
    if (terminating != null) {
      endpoints.add(new Ep(terminating.address, Conditions.SERVING_TERMINATING, Rig.NODE));
    }
    ServiceSettingsBuilder web =
        ServiceInfo.Settings.of("ns", "web").clusterIp(VIP).port("main", port);
    rig.publish(web, tcp(target, endpoints.toArray(new Ep[0])));
  }

  private interface Call {
    void run() throws IOException;
  }

  private void repeat(Call call, AtomicInteger count) {
    while (!stop.get()) {
      try {
        call.run();
        count.incrementAndGet();
      } catch (IOException e) {
        failures.add(e.toString());
      }
    }
  }

  private void talk(int rounds) throws IOException {
    try (TcpClient client = new TcpClient(at(VIP, port)).leavingNoTrace()) {
      String name = client.readLine();
      for (int i = 0; i < rounds; i++) {
        client.send(name + "\n");
        String echo = client.readLine();
        if (!echo.equals(name)) {
          failures.add(echo + " instead of " + name);
        }
      }
    }
  }
}
