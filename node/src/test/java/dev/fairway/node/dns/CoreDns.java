// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A CoreDNS of this machine as a process of the test. */
final class CoreDns implements AutoCloseable {
  /** Of no Service: both answer with the address that they listen on for {@code ns.dns}. */
  static final String ADDRESS = "127.0.0.2";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private final Process process;
  private final InetSocketAddress address;

  private CoreDns(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** The program: system property {@code fairway.coredns}, FAIRWAY_COREDNS, PATH; else null. */
  static @Nullable Path find() {
    List<String> places = new ArrayList<>();
    places.add(System.getProperty("fairway.coredns", ""));
    places.add(Objects.requireNonNullElse(System.getenv("FAIRWAY_COREDNS"), ""));
    for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
      places.add(folder + "/coredns");
    }
    return places.stream()
        .filter(place -> !place.isEmpty())
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /**
   * Starts one that follows an API server, and waits until it knows the cluster.
   *
   * @param options lines within the plugin {@code kubernetes}
   */
  static CoreDns start(
      Path program, Path folder, Path kubeconfig, InetSocketAddress upstream, String options)
      throws Exception {
    InetSocketAddress dns = freePort();
    InetSocketAddress ready = freePort();
    Path corefile =
        Files.writeString(
            folder.resolve("Corefile"),
            """
            .:%1$d {
                bind %2$s
                errors
                ready %2$s:%3$d
                kubernetes cluster.local in-addr.arpa ip6.arpa {
                    kubeconfig %4$s
                    %5$s
                }
                forward . 127.0.0.1:%6$d
            }
            """
                .formatted(
                    dns.getPort(),
                    ADDRESS,
                    ready.getPort(),
                    kubeconfig,
                    options,
                    upstream.getPort()));
    Path log = folder.resolve("coredns.log");
    Process process =
        new ProcessBuilder(program.toString(), "-conf", corefile.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    CoreDns started = new CoreDns(process, dns);
    try {
      started.awaitReady(ready, log);
      return started;
    } catch (Exception | AssertionError e) {
      started.close();
      throw e;
    }
  }

  private void awaitReady(InetSocketAddress ready, Path log) throws Exception {
    HttpClient http = HttpClient.newHttpClient();
    URI uri = URI.create("http://" + ADDRESS + ":" + ready.getPort() + "/ready");
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (process.isAlive() && System.nanoTime() < deadline) {
      try {
        HttpResponse<String> response =
            http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 200) {
          return;
        }
      } catch (IOException _) {
        // It does not listen yet.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    throw new AssertionError("CoreDNS is not ready:\n" + Files.readString(log));
  }

  /** A port that was free for UDP and TCP a moment ago. */
  private static InetSocketAddress freePort() throws IOException {
    InetAddress loopback = InetAddress.getByName(ADDRESS);
    while (true) {
      try (ServerSocket tcp = new ServerSocket(0, 1, loopback);
          DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), loopback)) {
        return new InetSocketAddress(loopback, udp.getLocalPort());
      } catch (java.net.BindException _) {
        // Free for TCP only: another one.
        continue;
      }
    }
  }

  InetSocketAddress address() {
    return address;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(10, TimeUnit.SECONDS);
  }
}
