// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** One in-process request. Its response is whole in memory, or a pipe if it streams. */
final class LocalExchange implements Exchange {
  private final ApiRequest request;
  private final User user;
  private final String path;
  private final String query;
  private final @Nullable Pipe pipe;
  private final ByteArrayOutputStream whole = new ByteArrayOutputStream();
  private final CountDownLatch responding = new CountDownLatch(1);
  private final List<Runnable> abortActions = new ArrayList<>();
  private volatile int status;
  private volatile List<Header> headers = List.of();
  private volatile @Nullable IOException failure;
  private boolean aborted;

  LocalExchange(ApiRequest request, User user, boolean streams) {
    this.request = request;
    this.user = user;
    String target = request.pathAndQuery();
    int mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.substring(0, mark);
    this.query = mark < 0 ? "" : target.substring(mark + 1);
    this.pipe = streams ? new Pipe() : null;
  }

  boolean streams() {
    return pipe != null;
  }

  @Override
  public String method() {
    return request.method().toUpperCase(Locale.ROOT);
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String query() {
    return query;
  }

  @Override
  public @Nullable String header(String name) {
    for (Map.Entry<String, String> header : request.headers().entrySet()) {
      if (header.getKey().equalsIgnoreCase(name)) {
        return header.getValue();
      }
    }
    return null;
  }

  @Override
  public User user() {
    return user;
  }

  @Override
  public InputStream body() {
    byte[] body = request.body();
    return body == null ? InputStream.nullInputStream() : new ByteArrayInputStream(body);
  }

  @Override
  public OutputStream respond(int code, List<Header> all, long length) {
    status = code;
    headers = List.copyOf(all);
    responding.countDown();
    return pipe == null ? whole : pipe.sink();
  }

  @Override
  public boolean isResponding() {
    return responding.getCount() == 0;
  }

  @Override
  public void onAbort(Runnable action) {
    synchronized (abortActions) {
      if (!aborted) {
        abortActions.add(action);
        return;
      }
    }
    action.run();
  }

  /** The reader goes away. */
  void abort() {
    List<Runnable> actions;
    synchronized (abortActions) {
      if (aborted) {
        return;
      }
      aborted = true;
      actions = List.copyOf(abortActions);
    }
    if (pipe != null) {
      pipe.abort();
    }
    actions.forEach(Runnable::run);
  }

  /** The handler returned. */
  void finish(@Nullable IOException problem) {
    synchronized (abortActions) {
      abortActions.clear();
    }
    failure = problem;
    if (pipe != null) {
      pipe.end();
    }
    responding.countDown();
  }

  /** Waits for status and headers. */
  ApiResponse response() throws IOException, InterruptedException {
    responding.await();
    IOException problem = failure;
    if (status == 0) {
      throw problem == null ? new IOException("request was aborted") : problem;
    }
    InputStream in = pipe == null ? new ByteArrayInputStream(whole.toByteArray()) : pipe.source();
    return new Response(this, status, headers, in);
  }

  private record Response(
      LocalExchange exchange, int status, List<Header> headers, InputStream body)
      implements ApiResponse {
    @Override
    public @Nullable String header(String name) {
      for (Header header : headers) {
        if (header.name().equalsIgnoreCase(name)) {
          return header.value();
        }
      }
      return null;
    }

    @Override
    public void close() {
      exchange.abort();
    }
  }
}
