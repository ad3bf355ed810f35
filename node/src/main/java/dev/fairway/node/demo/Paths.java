// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.demo;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Service;
import dev.fairway.node.cluster.ClusterStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Every way to the example application, one after the other. */
final class Paths {
  private static final String DOMAIN = ".default.svc.cluster.local";
  private static final int POD_PORT = 8000;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final ClusterStatus status;
  private final Service service;
  private final List<Pod> pods;
  private final List<String> hosts;
  private final @Nullable String dnsService;

  /**
   * The paths.
   *
   * @param dnsService the address of the Service of the DNS, null where its port is not served
   */
  Paths(
      ClusterStatus status,
      Service service,
      List<Pod> pods,
      List<String> hosts,
      @Nullable String dnsService) {
    this.status = status;
    this.service = service;
    this.pods = pods;
    this.hosts = hosts;
    this.dnsService = dnsService;
  }

  /** One question; an exception means that there was no answer. */
  private interface Question {
    String ask() throws IOException;
  }

  void drive(PathTable table) throws InterruptedException {
    int port = service.spec().ports().getFirst().port();
    int nodePort = service.spec().ports().getFirst().nodePort();
    http(table, "pod", pods.getFirst().status().podIP(), POD_PORT);
    http(table, "ClusterIP", service.spec().clusterIP(), port);
    for (ClusterStatus.NodeStatus node : status.nodes()) {
      http(table, "NodePort " + node.name(), node.address(), nodePort);
    }
    http(table, "LoadBalancer", service.status().ingress().getFirst().ip(), port);
    for (String address : service.spec().externalIPs()) {
      http(table, "externalIP", address, port);
    }
    dns(table, "DNS A", "hello" + DOMAIN, DnsQuery.Type.A, List.of(service.spec().clusterIP()));
    dns(
        table,
        "DNS SRV",
        "_http._tcp.hello" + DOMAIN,
        DnsQuery.Type.SRV,
        List.of("hello" + DOMAIN + ":" + port));
    dns(
        table,
        "DNS headless",
        "hello-headless" + DOMAIN,
        DnsQuery.Type.A,
        pods.stream().map(pod -> pod.status().podIP()).toList());
    dns(
        table,
        "DNS ExternalName",
        "hello-external" + DOMAIN,
        DnsQuery.Type.CNAME,
        List.of("hello" + DOMAIN));
    if (dnsService != null) {
      InetSocketAddress server = new InetSocketAddress(dnsService, 53);
      List<String> expected = List.of(service.spec().clusterIP());
      dns(table, "DNS via Service", server, "hello" + DOMAIN, DnsQuery.Type.A, expected);
    }
    for (String host : hosts) {
      ingress(table, host, false, status.http());
      ingress(table, host, true, status.https());
    }
  }

  private static void http(PathTable table, String path, String host, int port)
      throws InterruptedException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    String authority = host + ":" + port;
    row(
        table,
        path,
        "http://" + authority,
        () -> answer(HttpGet.get(address, false, authority, "/")));
  }

  private static void ingress(
      PathTable table, String host, boolean tls, ClusterStatus.Endpoint endpoint)
      throws InterruptedException {
    String url = (tls ? "https://" : "http://") + host + ":" + endpoint.port() + "/";
    row(
        table,
        tls ? "Ingress HTTPS" : "Ingress HTTP",
        url,
        () -> answer(HttpGet.get(Demo.address(endpoint), tls, host, "/")));
  }

  private static String answer(HttpGet.Answer answer) throws IOException {
    if (answer.status() == 200 && answer.body().startsWith("pod=")) {
      return answer.body();
    }
    if (answer.status() == 308 && answer.location().startsWith("https://")) {
      return "308 to " + answer.location();
    }
    throw new IOException("HTTP status " + answer.status());
  }

  private void dns(
      PathTable table, String path, String name, DnsQuery.Type type, List<String> expected)
      throws InterruptedException {
    dns(table, path, Demo.address(status.dns()), name, type, expected);
  }

  private static void dns(
      PathTable table,
      String path,
      InetSocketAddress server,
      String name,
      DnsQuery.Type type,
      List<String> expected)
      throws InterruptedException {
    row(
        table,
        path,
        name,
        () -> {
          List<String> found = DnsQuery.ask(server, name, type);
          if (!new TreeSet<>(found).equals(new TreeSet<>(expected))) {
            throw new IOException("answer is " + found + ", not " + expected);
          }
          return String.join(" ", found);
        });
  }

  /** Asks until there is an answer: what was applied a moment ago may still be on its way. */
  private static void row(PathTable table, String path, String address, Question question)
      throws InterruptedException {
    long first = System.nanoTime();
    while (true) {
      long start = System.nanoTime();
      try {
        String answer = question.ask();
        table.add(path, address, answer, System.nanoTime() - start, true);
        return;
      } catch (IOException e) {
        if (System.nanoTime() - first > PATIENCE_NANOS) {
          table.add(path, address, "no: " + e.getMessage(), System.nanoTime() - start, false);
          return;
        }
        Thread.sleep(50);
      }
    }
  }
}
