// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.ingress;

import com.sun.management.ThreadMXBean;
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
import dev.fairway.service.ServiceSnapshot;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Many Ingresses in one gateway: {@code IngressScale INGRESSES PATHS}, where PATHS are those of all
 * together. Prints, in lines of a word and a number, the milliseconds from the objects to a gateway
 * that serves them in a young JVM, the median milliseconds from one changed object to the first
 * request that meets the change, and the nanoseconds and bytes allocated of a lookup.
 */
public final class IngressScale {
  private static final int LOOKUPS = 512 * 4096;

  private final int ingresses;
  private final int pathsEach;

  private IngressScale(int ingresses, int pathsEach) {
    this.ingresses = ingresses;
    this.pathsEach = pathsEach;
  }

  /** Measures once. */
  public static void main(String[] args) throws Exception {
    int[] numbers = Scale.arguments("IngressScale INGRESSES PATHS", args);
    new IngressScale(numbers[0], numbers[1] / numbers[0]).run();
    System.exit(0);
  }

  private void run() throws IOException {
    List<Ingress> all = new ArrayList<>(ingresses);
    for (int i = 0; i < ingresses; i++) {
      all.add(IngressFixture.ingress(i, pathsEach, false));
    }
    HttpServer backend = Scale.backend();
    ServiceSnapshot services = IngressFixture.services(ingresses, backend.getAddress().getPort());
    gateway(all, services);
    lookups(all, services);
    backend.stop(0);
  }

  private void gateway(List<Ingress> all, ServiceSnapshot services) throws IOException {
    try (IngressGateway gateway =
        IngressGateway.start(IngressOptions.of("127.0.0.1", 0, -1), null)) {
      InetSocketAddress address = gateway.httpAddress();
      if (address == null) {
        throw new IOException("the gateway does not listen");
      }
      gateway.onSnapshot(Scale.delta(services));
      gateway.ingressClasses().onReplace(List.of(IngressFixture.CLASS), "1");
      gateway.secrets().onReplace(List.of(), "1");
      long start = System.nanoTime();
      gateway.ingresses().onReplace(all, "1");
      Scale.await(gateway::isReady);
      System.out.printf("compile_ms %.1f%n", (System.nanoTime() - start) / 1e6);
      System.out.printf(
          "change_ms %.3f%n",
          Scale.medianChange(address, ingresses, 0, index -> change(gateway, index)));
    }
  }

  private void change(IngressGateway gateway, int index) {
    gateway.ingresses().onUpsert(IngressFixture.ingress(index, pathsEach, true));
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
    int found = found(table, targets, fields);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    found += found(table, targets, fields);
    long nanos = System.nanoTime() - start;
    bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
    if (found != 2 * LOOKUPS) {
      throw new IllegalStateException(found + " lookups found a route");
    }
    System.out.printf("lookup_ns %.1f%n", nanos / (double) LOOKUPS);
    System.out.printf("lookup_bytes %.3f%n", Math.floor(bytes / (double) LOOKUPS * 1000) / 1000);
  }

  /** Many short calls: one that has all of them would only ever run as it was first compiled. */
  private static int found(RouteTable table, RequestTarget[] targets, HttpFields fields) {
    int found = 0;
    for (int i = 0; i < LOOKUPS / targets.length; i++) {
      found += foundOnce(table, targets, fields);
    }
    return found;
  }

  private static int foundOnce(RouteTable table, RequestTarget[] targets, HttpFields fields) {
    int found = 0;
    for (RequestTarget target : targets) {
      found += table.match(target, "GET", fields) == null ? 0 : 1;
    }
    return found;
  }
}
