// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.IntOrString;
import dev.fairway.kube.api.Pod.Container;
import dev.fairway.kube.api.Pod.ContainerPort;
import dev.fairway.kube.api.Pod.HttpGet;
import dev.fairway.kube.api.Pod.HttpHeader;
import dev.fairway.kube.x509.PeerVerifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One try of a probe or hook. Blocking, for virtual threads; every try ends within its time.
 * Stateless.
 */
final class HealthCheck {
  /** What came of it; the text is for the Event. */
  record Result(boolean success, String text) {
    static final Result OK = new Result(true, "");

    static Result failed(String text) {
      return new Result(false, text);
    }
  }

  private static final int MAX_OUTPUT = 1024;

  private HealthCheck() {}

  /** Opens a TCP connection. */
  static Result tcp(String host, int port, Duration timeout) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), millis(timeout));
      return Result.OK;
    } catch (IOException e) {
      return Result.failed("dial tcp " + host + ":" + port + ": " + e.getMessage());
    }
  }

  /**
   * Sends a GET; 200 to 399 is success, a redirect is not followed. Certificates are not checked.
   */
  static Result http(HttpGet get, String podIp, int port, Duration timeout) {
    String host = get.host().isEmpty() ? podIp : get.host();
    boolean tls = get.scheme().equalsIgnoreCase("HTTPS");
    String path = get.path().startsWith("/") ? get.path() : "/" + get.path();
    String url = (tls ? "https://" : "http://") + host + ":" + port + path;
    try (Socket plain = new Socket()) {
      plain.setSoTimeout(millis(timeout));
      plain.connect(new InetSocketAddress(host, port), millis(timeout));
      Socket socket =
          // The kubelet does not check the certificates of probes either.
          tls
              ? PeerVerifier.anyServer().getSocketFactory().createSocket(plain, host, port, true)
              : plain;
      socket.getOutputStream().write(request(get, host, port, path));
      String line = statusLine(socket.getInputStream());
      String[] parts = line.split(" ", 3);
      if (parts.length < 2 || !parts[0].startsWith("HTTP/")) {
        return Result.failed("Get \"" + url + "\": malformed HTTP response");
      }
      int code = Integer.parseInt(parts[1]);
      return code >= 200 && code < 400
          ? Result.OK
          : Result.failed("HTTP probe failed with statuscode: " + code);
    } catch (SocketTimeoutException _) {
      return Result.failed("Get \"" + url + "\": no answer within " + timeout.toSeconds() + "s");
    } catch (IOException | GeneralSecurityException | NumberFormatException e) {
      return Result.failed("Get \"" + url + "\": " + e.getMessage());
    }
  }

  private static byte[] request(HttpGet get, String host, int port, String path) {
    StringBuilder head = new StringBuilder("GET ").append(path).append(" HTTP/1.1\r\n");
    boolean hasHost = false;
    boolean hasAgent = false;
    for (HttpHeader header : get.httpHeaders()) {
      String name = header.name().toLowerCase(Locale.ROOT);
      hasHost |= name.equals("host");
      hasAgent |= name.equals("user-agent");
      head.append(clean(header.name())).append(": ").append(clean(header.value())).append("\r\n");
    }
    if (!hasHost) {
      String literal = host.contains(":") ? "[" + host + "]" : host;
      head.append("Host: ").append(literal).append(':').append(port).append("\r\n");
    }
    if (!hasAgent) {
      head.append("User-Agent: kube-probe/fairway\r\n");
    }
    head.append("Accept: */*\r\nConnection: close\r\n\r\n");
    return head.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String clean(String text) {
    return text.replace('\r', ' ').replace('\n', ' ');
  }

  private static String statusLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    for (int b = in.read(); b >= 0 && b != '\n' && line.size() < MAX_OUTPUT; b = in.read()) {
      line.write(b);
    }
    return line.toString(StandardCharsets.ISO_8859_1).strip();
  }

  /** Runs a command beside the container; exit code 0 is success. */
  static Result exec(
      ProcessLauncher launcher,
      List<String> command,
      Map<String, String> environment,
      @Nullable Path directory,
      Duration timeout)
      throws InterruptedException {
    if (command.isEmpty()) {
      return Result.failed("no command");
    }
    if (ProcessLauncher.find(command.getFirst(), environment.get("PATH")) == null) {
      return Result.failed(
          "exec: \"" + command.getFirst() + "\": executable file not found in $PATH");
    }
    try {
      Process process = launcher.start(command, environment, directory);
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      Thread reader = Thread.ofVirtual().start(() -> read(process, output));
      boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (launcher.hasGroups()) {
        ProcessTable.signal("KILL", List.of(-process.pid()));
      } else {
        process.destroyForcibly();
      }
      process.waitFor();
      if (!ended) {
        return Result.failed("command timed out after " + timeout.toSeconds() + "s");
      }
      reader.join(Duration.ofSeconds(1));
      return new Result(process.exitValue() == 0, output.toString(StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      return Result.failed("exec: " + e.getMessage());
    }
  }

  private static void read(Process process, ByteArrayOutputStream output) {
    try {
      byte[] buffer = new byte[MAX_OUTPUT];
      InputStream in = process.getInputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        output.write(buffer, 0, Math.min(n, Math.max(0, MAX_OUTPUT - output.size())));
      }
    } catch (IOException _) {
      return; // killed
    }
  }

  /** The number of a port that a probe names; 0 if the container has no such port. */
  static int port(@Nullable IntOrString port, Container container) {
    if (port == null) {
      return 0;
    }
    String name = port.text();
    if (name == null) {
      return port.number();
    }
    for (ContainerPort declared : container.ports()) {
      if (declared.name().equals(name)) {
        return declared.containerPort();
      }
    }
    return name.chars().allMatch(Character::isDigit) && !name.isEmpty() && name.length() < 6
        ? Integer.parseInt(name)
        : 0;
  }

  private static int millis(Duration timeout) {
    return Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
  }
}
