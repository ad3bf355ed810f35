// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.ingress;

import com.sun.management.ThreadMXBean;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fairway.ingress.IngressGateway;
import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.IngressTranslator;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.kube.api.Ingress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Many Ingresses in one gateway: {@code IngressScale INGRESSES PATHS}, where PATHS are those of all
 * together. Prints, in lines of a word and a number, the milliseconds from the objects to a gateway
 * that serves them in a young JVM, the median milliseconds from one changed object to the first
 * request that meets the change, and the nanoseconds and bytes allocated of a lookup.
 */
public final class IngressScale {
  private static final int CHANGES = 41;
  private static final int LOOKUPS = 2_000_000;
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final int ingresses;
  private final int pathsEach;

  private IngressScale(int ingresses, int pathsEach) {
    this.ingresses = ingresses;
    this.pathsEach = pathsEach;
  }

  /** Measures once. */
  public static void main(String[] args) throws Exception {
    if (args.length != 2) {
      System.err.println("usage: IngressScale INGRESSES PATHS");
      System.exit(2);
    }
    int ingresses = Integer.parseInt(args[0]);
    new IngressScale(ingresses, Integer.parseInt(args[1]) / ingresses).run();
    System.exit(0);
  }

  private void run() throws IOException {
    List<Ingress> all = new ArrayList<>(ingresses);
    for (int i = 0; i < ingresses; i++) {
      all.add(IngressFixture.ingress(i, pathsEach, false));
    }
    HttpServer backend = backend();
    ServiceSnapshot services = IngressFixture.services(ingresses, backend.getAddress().getPort());
    gateway(all, services);
    lookups(all, services);
    backend.stop(0);
  }

  /** A server on loopback that answers every request. */
  static HttpServer backend() throws IOException {
    HttpServer backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    backend.createContext("/", IngressScale::answer);
    backend.start();
    return backend;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 2);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(new byte[] {'o', 'k'});
    }
  }

  private void gateway(List<Ingress> all, ServiceSnapshot services) throws IOException {
    try (IngressGateway gateway =
        IngressGateway.start(IngressOptions.of("127.0.0.1", 0, -1), null)) {
      InetSocketAddress address = gateway.httpAddress();
      if (address == null) {
        throw new IOException("the gateway does not listen");
      }
      gateway.onSnapshot(new SnapshotDelta(ServiceSnapshot.empty(), services, names(services)));
      gateway.ingressClasses().onReplace(List.of(IngressFixture.CLASS), "1");
      gateway.secrets().onReplace(List.of(), "1");
      long start = System.nanoTime();
      gateway.ingresses().onReplace(all, "1");
      while (!gateway.isReady()) {
        pause(start);
      }
      System.out.printf("compile_ms %.1f%n", (System.nanoTime() - start) / 1e6);
      System.out.printf("change_ms %.3f%n", changes(gateway, address));
    }
  }

  private static Set<ServiceName> names(ServiceSnapshot services) {
    return services.services().stream().map(ServiceInfo::name).collect(Collectors.toSet());
  }

  /** The median of changes to Ingresses all over the table. */
  private double changes(IngressGateway gateway, InetSocketAddress address) throws IOException {
    long[] nanos = new long[CHANGES];
    // The first ones meet a young JVM.
    for (int i = -CHANGES; i < CHANGES; i++) {
      int index = Math.floorMod(i * 7919, ingresses);
      try (PathProbe probe = new PathProbe(address, IngressFixture.host(index), "/changed")) {
        long start = System.nanoTime();
        gateway.ingresses().onUpsert(IngressFixture.ingress(index, pathsEach, true));
        while (probe.status() == 404) {
          pause(start);
        }
        if (i >= 0) {
          nanos[i] = System.nanoTime() - start;
        }
      }
    }
    Arrays.sort(nanos);
    return nanos[CHANGES / 2] / 1e6;
  }

  private static void pause(long start) {
    if (System.nanoTime() - start > TIMEOUT_NANOS) {
      throw new IllegalStateException("nothing happened for a minute");
    }
    LockSupport.parkNanos(50_000);
  }

  private void lookups(List<Ingress> all, ServiceSnapshot services) {
    RouteTable table =
        new IngressTranslator(TranslatorOptions.of("fairway", "fairway.dev/ingress"))
            .translate(new IngressObjects(all, List.of(IngressFixture.CLASS), Map.of(), services))
            .routes();
    RequestTarget[] targets = new RequestTarget[4096];
    for (int i = 0; i < targets.length; i++) {
      int index = Math.floorMod(i * 7919, ingresses);
      String path = IngressFixture.path(i % pathsEach) + "/" + i;
      targets[i] = new RequestTarget(IngressFixture.host(index), "", path, "");
    }
    HttpFields fields = new HttpFields();
    int found = 0;
    for (int i = 0; i < LOOKUPS; i++) {
      found += table.match(targets[i & 4095], "GET", fields) == null ? 0 : 1;
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    for (int i = 0; i < LOOKUPS; i++) {
      found += table.match(targets[i & 4095], "GET", fields) == null ? 0 : 1;
    }
    long nanos = System.nanoTime() - start;
    bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
    if (found != 2 * LOOKUPS) {
      throw new IllegalStateException(found + " lookups found a route");
    }
    System.out.printf("lookup_ns %.1f%n", nanos / (double) LOOKUPS);
    System.out.printf("lookup_bytes %.3f%n", Math.floor(bytes / (double) LOOKUPS * 1000) / 1000);
  }
}
