// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.ingress;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/** What is measured alike, whatever kind of object the routes are. */
final class Scale {
  private static final int CHANGES = 41;
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private Scale() {}

  /** A condition that is asked by a request. */
  interface Condition {
    boolean holds() throws IOException;
  }

  /** The two numbers that a command takes; ends the process where there are others. */
  static int[] arguments(String usage, String[] arguments) {
    if (arguments.length != 2) {
      System.err.println("usage: " + usage);
      System.exit(2);
    }
    return new int[] {Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1])};
  }

  /** A server on loopback that answers every request. */
  static HttpServer backend() throws IOException {
    HttpServer backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    backend.createContext("/", Scale::answer);
    backend.start();
    return backend;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 2);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(new byte[] {'o', 'k'});
    }
  }

  /** All Services at once. */
  static SnapshotDelta delta(ServiceSnapshot services) {
    return new SnapshotDelta(
        ServiceSnapshot.empty(),
        services,
        services.services().stream().map(ServiceInfo::name).collect(Collectors.toSet()));
  }

  /** Nanoseconds until a condition holds, a minute at most. */
  static long await(Condition condition) throws IOException {
    long begun = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - begun > TIMEOUT_NANOS) {
        throw new IllegalStateException("nothing happened for a minute");
      }
      LockSupport.parkNanos(50_000);
    }
    return System.nanoTime() - begun;
  }

  /**
   * The median milliseconds from a change of an object to the first request that meets it.
   *
   * @param objects how many there are; those that change are all over them
   * @param first which of the changes is the first
   * @param change adds the path {@code /changed} to the object of a number
   */
  static double medianChange(InetSocketAddress address, int objects, int first, IntConsumer change)
      throws IOException {
    long[] nanos = new long[CHANGES];
    // The first ones meet a young JVM.
    for (int i = -CHANGES; i < CHANGES; i++) {
      int index = Math.floorMod((first + i) * 7919, objects);
      try (PathProbe probe = new PathProbe(address, IngressFixture.host(index), "/changed")) {
        long start = System.nanoTime();
        change.accept(index);
        await(() -> probe.status() != 404);
        if (i >= 0) {
          nanos[i] = System.nanoTime() - start;
        }
      }
    }
    Arrays.sort(nanos);
    return nanos[CHANGES / 2] / 1e6;
  }
}
