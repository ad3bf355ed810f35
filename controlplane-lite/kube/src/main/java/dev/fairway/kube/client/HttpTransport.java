// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.client.Credentials.ClientIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Requests over HTTP/2 or HTTP/1.1 with the JDK's client. Bodies stream, so a watch is a response
 * like any other.
 */
final class HttpTransport implements ApiTransport {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

  private final String server;
  private final TlsSettings tls;
  private final Credentials credentials;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final ReentrantLock lock = new ReentrantLock();
  private HttpClient client;
  private @Nullable ClientIdentity identity;
  private volatile boolean closed;

  HttpTransport(URI server, TlsSettings tls, Credentials credentials)
      throws GeneralSecurityException, IOException {
    this.server = server.toString();
    this.tls = tls;
    this.credentials = credentials;
    this.client = newClient(null);
  }

  private HttpClient newClient(@Nullable ClientIdentity shown)
      throws GeneralSecurityException, IOException {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(executor);
    if (server.startsWith("https:")) {
      builder.sslContext(tls.context(shown));
    }
    return builder.build();
  }

  @Override
  public ApiResponse exchange(ApiRequest request) throws IOException, InterruptedException {
    String authorization = credentials.authorization();
    HttpResponse<InputStream> response = send(request, authorization);
    if (response.statusCode() == 401 && credentials.refused(authorization)) {
      response.body().close();
      response = send(request, credentials.authorization());
    }
    return new Answer(response);
  }

  private HttpResponse<InputStream> send(ApiRequest request, String authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(server + request.pathAndQuery()));
    request.headers().forEach(builder::setHeader);
    if (!authorization.isEmpty()) {
      builder.setHeader("Authorization", authorization);
    }
    byte[] body = request.body();
    builder.method(
        request.method(),
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(body));
    if (!request.pathAndQuery().contains("watch=true")
        && !request.pathAndQuery().contains("follow=true")) {
      builder.timeout(ANSWER_TIMEOUT);
    }
    HttpClient used = currentClient();
    try {
      return used.send(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (HttpTimeoutException | InterruptedException e) {
      leave(used);
      throw e;
    }
  }

  /**
   * Makes later requests use new connections: the one that gave no answer may be half-open, and
   * HTTP/2 would send everything over it again. Responses under way go on.
   */
  private void leave(HttpClient silent) throws IOException {
    lock.lock();
    try {
      if (client.equals(silent) && !closed) {
        client = newClient(identity);
        silent.shutdown();
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("client certificate: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  /** The client, made anew where the credentials came with another certificate. */
  private HttpClient currentClient() throws IOException, InterruptedException {
    if (closed) {
      throw new IOException("the transport is closed");
    }
    ClientIdentity wanted = credentials.identity();
    lock.lock();
    try {
      if (wanted != null && !wanted.equals(identity)) {
        // The old client ends by itself once its last response is done.
        HttpClient old = client;
        client = newClient(wanted);
        identity = wanted;
        old.shutdown();
      }
      return client;
    } catch (GeneralSecurityException e) {
      throw new IOException("client certificate: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    HttpClient open;
    lock.lock();
    try {
      closed = true;
      open = client;
    } finally {
      lock.unlock();
    }
    open.shutdownNow();
  }

  private record Answer(HttpResponse<InputStream> response) implements ApiResponse {
    @Override
    public int status() {
      return response.statusCode();
    }

    @Override
    public @Nullable String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    @Override
    public InputStream body() {
      return response.body();
    }

    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException e) {
        // Nothing is left to be released.
        System.getLogger(HttpTransport.class.getName()).log(System.Logger.Level.TRACE, "close", e);
      }
    }
  }
}
