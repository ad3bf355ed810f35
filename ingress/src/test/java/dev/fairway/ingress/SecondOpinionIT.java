// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The hostile requests, put to HAProxy and nginx as well: what both of them refuse must not pass
 * here. Where opinions differ is printed.
 */
class SecondOpinionIT {
  @TempDir private Path folder;

  @Test
  void whatBothOthersRefuseIsRefused() throws Exception {
    Path haproxy = program("haproxy");
    Path nginx = program("nginx");
    try (GatewayFixture fixture = new GatewayFixture();
        TestBackend backend = new TestBackend("peer")) {
      fixture.everythingTo(fixture.backend("a"));
      int haproxyPort = freePort();
      int nginxPort = freePort();
      List<Process> peers =
          List.of(
              start(haproxy, "-db", "-f", haproxyConfig(haproxyPort, backend.port()).toString()),
              start(nginx, "-c", nginxConfig(nginxPort, backend.port()).toString()));
      try {
        awaitListening(haproxyPort, peers.get(0));
        awaitListening(nginxPort, peers.get(1));
        compare(fixture, haproxyPort, nginxPort);
      } finally {
        for (Process peer : peers) {
          peer.destroy();
          peer.waitFor(10, TimeUnit.SECONDS);
        }
      }
    }
  }

  private static void compare(GatewayFixture fixture, int haproxyPort, int nginxPort)
      throws IOException {
    InetSocketAddress ours = fixture.gateway().httpAddress();
    assertThat(ours).isNotNull();
    List<String> laxer = new ArrayList<>();
    Stream<Object[]> rows =
        Stream.concat(
            HostileHttp1.refused().map(row -> new Object[] {row.get()[0], row.get()[2]}),
            HostileHttp1.understood().map(row -> new Object[] {row.get()[0], row.get()[1]}));
    for (Object[] row : rows.toList()) {
      String bytes = (String) row[1];
      String here = status(ours.getPort(), bytes);
      String atHaproxy = status(haproxyPort, bytes);
      String atNginx = status(nginxPort, bytes);
      if (!here.equals(atHaproxy) || !here.equals(atNginx)) {
        System.out.printf(
            "%-44s fairway %-5s haproxy %-5s nginx %-5s%n", row[0], here, atHaproxy, atNginx);
      }
      if (here.startsWith("2") && !atHaproxy.startsWith("2") && !atNginx.startsWith("2")) {
        laxer.add((String) row[0]);
      }
    }
    assertThat(laxer).as("understood here alone").isEmpty();
  }

  /** The status of the first response, "end" for a connection that ends without one. */
  private static String status(int port, String bytes) throws IOException {
    try (RawClient client = new RawClient(new Socket(InetAddress.getLoopbackAddress(), port))) {
      client.send(bytes);
      // Whoever waits for more of the request is to know that there is none.
      client.shutdownOutput();
      String line = TestBackend.readLine(client.in());
      return line == null ? "end" : line.startsWith("HTTP/1.") ? line.substring(9, 12) : "0.9";
    } catch (IOException reset) {
      return "end";
    }
  }

  private static Path program(String name) {
    for (String directory : List.of("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")) {
      Path candidate = Path.of(directory, name);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    return Skip.because(name + " is not installed");
  }

  private Process start(Path program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(program.getFileName() + ".log").toFile())
        .start();
  }

  private Path haproxyConfig(int port, int backend) throws IOException {
    return write(
        "haproxy.cfg",
        """
        global
          maxconn 100
        defaults
          mode http
          timeout connect 5s
          timeout client 5s
          timeout server 5s
          timeout http-request 5s
        frontend in
          bind 127.0.0.1:%d
          default_backend out
        backend out
          server a 127.0.0.1:%d
        """
            .formatted(port, backend));
  }

  private Path nginxConfig(int port, int backend) throws IOException {
    return write(
        "nginx.conf",
        """
        daemon off;
        worker_processes 1;
        pid %1$s/nginx.pid;
        error_log %1$s/nginx.err;
        events { worker_connections 100; }
        http {
          access_log off;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          client_header_timeout 5s;
          client_body_timeout 5s;
          server {
            listen 127.0.0.1:%2$d;
            location / {
              proxy_http_version 1.1;
              proxy_ignore_client_abort on;
              proxy_set_header Host $http_host;
              proxy_pass http://127.0.0.1:%3$d;
            }
          }
        }
        """
            .formatted(folder, port, backend));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text, StandardCharsets.US_ASCII);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitListening(int port, Process peer) {
    GatewayFixture.await(() -> {
      assertThat(peer.isAlive()).as(log()).isTrue();
      try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return probe.isConnected();
      } catch (IOException notYet) {
        return false;
      }
    });
  }

  private String log() {
    try (Stream<Path> files = Files.list(folder)) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
        all.append(Files.readString(file));
      }
      return all.toString();
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }
}
