// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Logs over HTTPS with the API server's client certificate. The client is made on first use. */
public final class NodeLogs implements LogSource, AutoCloseable {
  private final Supplier<SSLContext> ssl;
  private volatile @Nullable HttpClient client;

  public NodeLogs(Supplier<SSLContext> ssl) {
    this.ssl = ssl;
  }

  @Override
  public Answer get(URI uri) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).GET().build();
    HttpResponse<InputStream> response =
        client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    String type = response.headers().firstValue("Content-Type").orElse("text/plain");
    return new Answer(response.statusCode(), type, response.body());
  }

  private synchronized HttpClient client() {
    HttpClient made = client;
    if (made == null) {
      made =
          HttpClient.newBuilder()
              .sslContext(ssl.get())
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(Duration.ofSeconds(5))
              .build();
      client = made;
    }
    return made;
  }

  @Override
  public void close() {
    HttpClient made = client;
    if (made != null) {
      made.shutdownNow();
    }
  }
}
