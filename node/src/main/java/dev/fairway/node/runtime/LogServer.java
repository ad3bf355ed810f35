// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Serves container logs the way a kubelet does, {@code GET /containerLogs/NAMESPACE/POD/CONTAINER},
 * to clients with a certificate of the cluster's CA. One virtual thread per request; thread-safe.
 */
final class LogServer implements AutoCloseable {
  private static final Logger LOG = System.getLogger(LogServer.class.getName());

  /** Finds logs. */
  interface Source {
    /**
     * The log of a container.
     *
     * @param previous the run before the current one
     * @throws IOException with a sentence for the user where there is none
     */
    Found find(String namespace, String pod, String container, boolean previous) throws IOException;
  }

  /** A log file, and the log itself while its container runs. */
  record Found(Path file, @Nullable ContainerLog live) {}

  private final HttpsServer server;
  private final Source source;
  private final InstantSource clock;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private LogServer(HttpsServer server, Source source, InstantSource clock) {
    this.server = server;
    this.source = source;
    this.clock = clock;
  }

  /** Starts on a free port of an address. */
  static LogServer start(String address, SSLContext tls, Source source, InstantSource clock)
      throws IOException {
    HttpsServer https = HttpsServer.create(new InetSocketAddress(address, 0), 64);
    LogServer server = new LogServer(https, source, clock);
    https.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters required = getSSLContext().getDefaultSSLParameters();
            required.setNeedClientAuth(true);
            parameters.setSSLParameters(required);
          }
        });
    https.setExecutor(server.threads);
    https.createContext("/containerLogs/", server::handle);
    https.start();
    return server;
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String[] path = exchange.getRequestURI().getPath().split("/");
      if (!exchange.getRequestMethod().equals("GET") || path.length != 5) {
        refuse(exchange, 404, "not found");
        return;
      }
      Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
      LogReader.Options options;
      Found found;
      try {
        options = options(query);
        found = source.find(path[2], path[3], path[4], isTrue(query.get("previous")));
      } catch (IllegalArgumentException | DateTimeParseException e) {
        refuse(exchange, 400, String.valueOf(e.getMessage()));
        return;
      } catch (IOException e) {
        refuse(exchange, 400, String.valueOf(e.getMessage()));
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = new java.io.BufferedOutputStream(exchange.getResponseBody(), 8192)) {
        // The headers leave at once, so that a follower of a silent container sees the answer.
        exchange.getResponseBody().flush();
        new LogReader(options, out).copy(found.file(), found.live());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "log reader left", e);
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "log request failed", e);
    }
  }

  private LogReader.Options options(Map<String, String> query) {
    Instant since = null;
    if (query.containsKey("sinceSeconds")) {
      since = clock.instant().minusSeconds(number(query, "sinceSeconds"));
    } else if (query.containsKey("sinceTime")) {
      since = Instant.parse(query.getOrDefault("sinceTime", ""));
    }
    return new LogReader.Options(
        number(query, "tailLines"),
        since,
        isTrue(query.get("timestamps")),
        number(query, "limitBytes"),
        isTrue(query.get("follow")));
  }

  private static long number(Map<String, String> query, String name) {
    String text = query.getOrDefault(name, "-1");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException(name + "=" + text + ": expected a number");
    }
  }

  private static boolean isTrue(@Nullable String value) {
    return "true".equals(value) || "1".equals(value);
  }

  private static Map<String, String> query(@Nullable String raw) {
    Map<String, String> all = new HashMap<>();
    if (raw != null) {
      for (String pair : raw.split("&")) {
        String[] parts = pair.split("=", 2);
        if (parts.length == 2 && !parts[1].isEmpty()) {
          all.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
      }
    }
    return all;
  }

  private static void refuse(HttpExchange exchange, int code, String text) throws IOException {
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
